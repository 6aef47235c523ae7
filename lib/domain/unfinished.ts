import type { Instant } from './instant.ts';
import { isPending, type PartitionState } from './partition.ts';

/** A partition that somebody must come for, as the index of unfinished work knows it. Who is at work it does not know. */
export interface UnfinishedPartition {
  readonly id: string;
  /** Since when somebody must come for it (this machine's clock). */
  readonly since: Instant;
  /** Whether anything is not yet in the cache. */
  readonly pending: boolean;
  /** Number of the delta marked last. */
  readonly marked: number;
  /** Whether, besides deltas, it must be read as a whole, or holds records that moved away. */
  readonly incomplete: boolean;
  /** Failures in a row. */
  readonly failures: number;
  /** When its last run ended (this machine's clock). */
  readonly lastRunAt?: Instant;
}

/** What the index knows of a partition; `undefined` when nobody must come for it. */
export function unfinishedOf(state: PartitionState): UnfinishedPartition | undefined {
  const { id, pending, failures, lastRun, unfinishedSince: since } = state;
  if (since === undefined) return undefined;
  const incomplete = pending.rebuild || Object.keys(pending.moved).length > 0;
  const { marked } = pending;
  const lastRunAt = lastRun?.at;
  return {
    id,
    since,
    pending: isPending(pending),
    marked,
    incomplete,
    failures,
    ...(lastRunAt !== undefined && { lastRunAt }),
  };
}
