import { minuteAllowance } from '../domain/call-rate.ts';
import type { OutgoingTask } from '../ports/task-queue.ts';
import type { StreamContext } from './sync-context.ts';

/** However short a cycle is, a message has this long to arrive. */
const LEAST_PATIENCE_MS = 60_000;

/** A queue delays nothing by more. */
const MAX_DELAY_MS = 900_000;

/** Failures in a row after which a partition is tried ever less often. */
const PATIENCE = 3;
const MAX_WAIT_MS = 3_600_000;

/** How long a partition waits after its last run, by how often in a row it has failed. */
export function waitAfter(failures: number): number {
  return failures < PATIENCE ? 0 : Math.min(MAX_WAIT_MS, 60_000 * 2 ** (failures - PATIENCE));
}

/** How long a message may take before its partition is planned again. */
export function patienceMs({ stream }: Pick<StreamContext, 'stream'>): number {
  return Math.max(stream.rules.intervalMs, LEAST_PATIENCE_MS);
}

/**
 * Tasks that each ask the source, one after the other as fast as its calls are allowed, so that they do not all arrive
 * at once to be turned away; but all of them before anybody misses them.
 */
export function inTurn(
  context: Pick<StreamContext, 'connection' | 'stream'>,
  tasks: readonly OutgoingTask[],
): readonly OutgoingTask[] {
  const allowed = minuteAllowance(context.connection.limits.perMinute, 'scheduled');
  const longestMs = Math.min(0.8 * patienceMs(context), MAX_DELAY_MS);
  const stepMs = Math.min(60_000 / allowed, longestMs / Math.max(1, tasks.length));
  return tasks.map((task, index) => (index === 0 ? task : { ...task, delayMs: Math.floor(index * stepMs) }));
}
