import type { Instant } from '../domain/instant.ts';
import { addLedgers, EMPTY_LEDGER, type Ledger } from '../domain/ledger.ts';
import type { PartitionState } from '../domain/partition.ts';
import { clockWentBack, lowerBound, lowerBoundAfterSetback, promote } from '../domain/window.ts';
import type { Held } from '../ports/partition-store.ts';
import type { SourcePage } from '../ports/source.ts';
import { type Applied, applyRecords } from './apply-records.ts';
import { divideMoved, type Leaving, readIncluded } from './forgotten-among.ts';
import { leftRecords, newsUnderWay } from './left-records.ts';
import { requireSamePartition } from './own-records.ts';
import { tellLoaded } from './partition-loaded.ts';
import { quarantineRejected } from './quarantine-records.ts';
import { readPage } from './read-page.ts';
import { reportSetback } from './report-setback.ts';
import { hasTimeLeft, type StreamContext } from './sync-context.ts';

export interface WindowProgress {
  readonly ledger: Ledger;
  readonly count: number;
  readonly stopped?: Extract<Applied['outcome'], 'fenced' | 'lost'>;
  readonly startedAt?: Instant;
  /** Whether the slice ended before the window did. */
  readonly tooLong: boolean;
}

/**
 * Reads a partition's window page by page and writes what it finds, as long as the slice lasts; no `since`: there is
 * nothing to read, only what has moved away leaves.
 */
export async function applyWindow(
  context: StreamContext,
  held: Held,
  since: Instant | undefined,
  loaded: boolean,
): Promise<WindowProgress> {
  // A delta may have been read before this window, and be marked only after it.
  const { coverage } = context.stream;
  const fullUnderWay = held.state.full !== undefined;
  let progress: WindowProgress = { ledger: EMPTY_LEDGER, count: held.state.count, tooLong: false };
  const divided = await divideMoved(context, held);
  let leaving: Leaving | undefined = divided;
  let cursor: string | undefined;
  let bound: Instant | undefined;
  do {
    const { page, from } = await readNext(context, held, { since, from: bound, cursor });
    bound = from;
    const startedAt = progress.startedAt ?? page?.servedAt;
    const watermark = watermarkAfter(context, held.state, startedAt, loaded).watermark ?? held.state.watermark;
    const last = page?.next === undefined;
    const read = { order: page?.order ?? held.state.scanOrder, asOf: startedAt };
    // A full under way may still show what was before.
    const mayFollow = !last || fullUnderWay || (await newsUnderWay(context, held, page?.removed));
    const applied = await applyRecords(context, held, {
      ...read,
      records: page?.records ?? [],
      left: leftRecords({
        ...read,
        removed: page?.removed,
        servedAt: page?.servedAt,
        mayFollow: () => mayFollow || coverage === 'stream',
      }),
      path: 'window',
      verify: context.stream.rules.detectDiscrepancies,
      ...leaving,
      meta: {
        loaded: tellLoaded(held.state, loaded),
        pending: !last || fullUnderWay,
        ...(held.state.pending.marked > 0 && last ? { applied: held.state.pending.marked } : {}),
        ...(last && watermark !== undefined ? { watermark } : {}),
      },
    });
    const ledger = addLedgers(progress.ledger, { ...applied.ledger, pages: page === undefined ? 0 : 1 });
    if (applied.outcome !== 'applied') return { ...progress, ledger, stopped: applied.outcome };
    const rejected = page?.rejected.length ?? 0;
    progress = {
      ledger: addLedgers(ledger, { seen: rejected, quarantined: rejected }),
      count: applied.count,
      tooLong: !last && !hasTimeLeft(context.slice),
      ...(startedAt === undefined ? {} : { startedAt }),
    };
    leaving = undefined;
    cursor = page?.next;
  } while (cursor !== undefined && !progress.tooLong);
  await readIncluded(context, held.key, divided.included);
  return progress;
}

interface Place {
  /** Up to where was read before; absent when there is nothing to read. */
  readonly since: Instant | undefined;
  /** The lower bound of the pages so far. */
  readonly from: Instant | undefined;
  readonly cursor: string | undefined;
}

/** The next page, and the lower bound of it and all after it: one whose clock was set back is read from its own now. */
async function readNext(
  context: StreamContext,
  held: Held,
  { since, from, cursor }: Place,
): Promise<{ readonly page?: SourcePage; readonly from?: Instant }> {
  if (since === undefined) return {};
  const bound = from ?? lowerBound(since, context.stream.rules);
  const page = await readWindowPage(context, held, bound, cursor);
  if (cursor !== undefined || !clockWentBack(since, page.servedAt)) return { page, from: bound };
  reportSetback(context, held.key, { watermark: since, servedAt: page.servedAt });
  const lower = lowerBoundAfterSetback(since, page.servedAt, context.stream.rules);
  return { page: await readWindowPage(context, held, lower, undefined), from: lower };
}

async function readWindowPage(context: StreamContext, held: Held, since: Instant, cursor: string | undefined) {
  const query = { stream: context.stream.name, partition: held.key.partition, since };
  const page = await readPage(context, query, cursor);
  requireSamePartition(page, held.key.partition);
  await quarantineRejected(context, page.rejected);
  return page;
}

/** A window says nothing about the past before it: only a loaded partition's own watermark moves. */
export function watermarkAfter(
  context: StreamContext,
  state: PartitionState,
  startedAt: Instant | undefined,
  loaded: boolean,
): { readonly watermark?: Instant } {
  if (startedAt === undefined || !loaded) return {};
  return { watermark: promote(state.watermark, startedAt, context.stream.rules) };
}
