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

/** What takes longer holds up whoever shares its worker. */
const SLOW_MS = 10_000;

/** Whether tasks that lately took so long each belong on the slow lane, one at a time: others there are slow by nature. */
export function areSlow({ stream }: Pick<StreamContext, 'stream'>, eachMs: number): boolean {
  return eachMs > SLOW_MS && stream.slow !== true;
}

/**
 * Tasks that each ask the source, one after the other as fast as its calls are allowed, so that they do not all arrive
 * at once to be turned away; but all of them before anybody misses them. Where each takes long, one after the other is
 * done, and what does not fit is left out: the caller comes back for it.
 * @param eachMs how long one of them took lately
 */
export function inTurn(
  context: Pick<StreamContext, 'connection' | 'stream'>,
  tasks: readonly OutgoingTask[],
  eachMs = 0,
): readonly OutgoingTask[] {
  const allowed = minuteAllowance(context.connection.limits.perMinute, 'scheduled');
  const longestMs = Math.min(0.8 * patienceMs(context), MAX_DELAY_MS);
  const isSlow = areSlow(context, eachMs);
  const stepMs = isSlow ? eachMs : Math.min(60_000 / allowed, longestMs / Math.max(1, tasks.length));
  const fitting = isSlow ? tasks.slice(0, Math.ceil(longestMs / stepMs)) : tasks;
  return fitting.map((task, index) => (index === 0 ? task : { ...task, delayMs: Math.floor(index * stepMs) }));
}
