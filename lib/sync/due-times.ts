import { earlierOf, type Instant, laterOf, plusMs } from '../domain/instant.ts';
import { nextDue } from '../domain/interval.ts';
import type { PartitionState } from '../domain/partition.ts';
import { coveredBy, dueAfter, skippedAfter, type Timing } from '../domain/schedule.ts';
import type { OpenStream } from '../ports/sources.ts';
import { waitAfter } from './in-turn.ts';

/**
 * What decides when the planner turns to a stream. Where partitions are asked one by one the schedule is theirs: looking
 * at them costs no calls, and so what failed or got lost is taken up again before the schedule comes round.
 */
export function cycleTiming({ coverage, rules }: Pick<OpenStream, 'coverage' | 'rules'>): Timing {
  return coverage === 'stream' ? rules : { intervalMs: rules.intervalMs, settleMs: rules.settleMs };
}

type Asked = Pick<PartitionState, 'lastRun' | 'failures' | 'watermark'>;

/** When a partition that is asked by itself is due; `undefined` for at once. What failed does not wait for a schedule. */
export function partitionDueAt(state: Asked, timing: Timing): Instant | undefined {
  const { lastRun, failures } = state;
  if (lastRun === undefined) return undefined;
  if (failures === 0) return dueAfter(askedAt(state, lastRun.at, timing), halved(timing));
  return laterOf(nextDue(lastRun.at, timing.intervalMs), plusMs(lastRun.at, waitAfter(failures)));
}

/**
 * Every cycle of the stream asks all partitions, and these take turns: one that was asked late in the last cycle is not
 * left out of the next.
 */
function halved(timing: Timing): Timing {
  return { ...timing, intervalMs: timing.intervalMs / 2 };
}

/** Its last scheduled run that was left out, because it had been synced so short a time before. */
export function partitionSkippedAt(state: Asked, timing: Timing, now: Instant): Instant | undefined {
  const { lastRun, failures } = state;
  if (lastRun === undefined || failures > 0) return undefined;
  return skippedAfter(askedAt(state, lastRun.at, timing), timing, now);
}

/** A run that began before an instant of the schedule and ended after it does not stand for it. */
function askedAt({ watermark }: Asked, endedAt: Instant, timing: Timing): Instant {
  if (watermark === undefined || timing.schedule?.changes === undefined) return endedAt;
  return earlierOf(endedAt, coveredBy(watermark, timing));
}
