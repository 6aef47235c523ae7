import { type BackoffRule, backoffMs } from '../domain/backoff.ts';
import type { BudgetState } from '../domain/budget.ts';
import { Failure } from '../domain/failure.ts';
import { earlierOf, type Instant, laterOf, msBetween, plusMs, toIso } from '../domain/instant.ts';
import { effectiveInterval, isDue, nextDue } from '../domain/interval.ts';
import { EMPTY_LEDGER, outcomeOf } from '../domain/ledger.ts';
import { partitionKey, type StreamKey, WHOLE_STREAM } from '../domain/names.ts';
import { dueAfter, skippedAfter, streamDueAt } from '../domain/schedule.ts';
import type { IntervalReason, StreamState } from '../domain/stream.ts';
import { SourceFailure } from '../ports/source.ts';
import type { HeldStream, StreamChange } from '../ports/stream-store.ts';
import { cycleTiming } from './due-times.ts';
import { newRunId } from './new-run-id.ts';
import { plannedStreams } from './planned-streams.ts';
import type { DeltaReport } from './read-delta.ts';
import { reportFreshness } from './report-freshness.ts';
import { reportSkipped } from './report-skipped.ts';
import { leaseMs, type StreamContext } from './sync-context.ts';

const AFTER_FAILURE: BackoffRule = { firstMs: 60_000, capMs: 3_600_000 };

/** Takes the right to run the stream's next delta; nothing when it is paused, not due, or somebody else's. */
export async function beginDelta(
  context: StreamContext,
  key: StreamKey,
  state: StreamState,
): Promise<HeldStream | undefined> {
  const dueAt = streamDueAt(state, cycleTiming(context.stream));
  if (state.paused || !isDue(dueAt, context.clock.now())) return undefined;
  return context.streams.beginDelta(key, state, context.slice.owner, leaseMs(context.slice));
}

/** Ends the delta: only now, with everything handed out durably pending, does the stream's watermark move. */
export async function endDelta(
  context: StreamContext,
  held: HeldStream,
  report: DeltaReport,
  cacheCycle: number | undefined,
): Promise<void> {
  const now = context.clock.now();
  const budget = await context.budget.read(held.key.connection);
  const chosen = chooseNext(context, held, budget);
  const next = report.checkpoint === undefined ? chosen : { ...chosen, nextDueAt: now };
  const ended = await context.streams.endDelta(held, {
    ...(report.watermark === undefined ? {} : { watermark: report.watermark }),
    handedOut: report.handedOut,
    checkpoint: report.checkpoint ?? null,
    ...next,
    failures: 0,
    lastError: null,
    lastCycleAt: now,
    ...(cacheCycle === undefined ? {} : { cacheCycle }),
  });
  if (!ended)
    context.telemetry.log('warn', 'the delta was overtaken by another planner; its watermark stays', { ...held.key });
  if (report.records > 0) await recordDelta(context, held, report);
  reportCycle(context, held, report, { dayUsed: budget.dayUsed, nextRunAt: next.nextDueAt });
}

type NextCycle = Pick<StreamChange, 'intervalMs' | 'intervalReason'> & { readonly nextDueAt: Instant };

/** By the interval or the schedule; by what the day's calls afford where that is less often. */
function chooseNext(context: StreamContext, held: HeldStream, budget: BudgetState): NextCycle {
  const { clock, connection, stream } = context;
  const now = clock.now();
  const timing = cycleTiming(stream);
  const recurrence = timing.schedule?.changes;
  // An instant that passed meanwhile is not answered by what was read before it.
  const from = earlierOf(held.beganAt, held.state.checkpoint?.startedAt ?? held.beganAt);
  const planned = dueAfter(recurrence === undefined ? now : from, timing);
  if (skippedAfter(from, timing, planned) !== undefined) reportSkipped(context, held.key, 1);
  const wantedMs = recurrence === undefined ? timing.intervalMs : Math.max(0, msBetween(planned, now));
  const streams = plannedStreams(connection).length;
  const { intervalMs, reason } = effectiveInterval(wantedMs, budget, connection.limits, streams, now);
  if (reason !== 'daily-budget') {
    return { nextDueAt: planned, intervalMs, intervalReason: recurrence === undefined ? reason : 'schedule' };
  }
  const affordable = laterOf(planned, nextDue(now, intervalMs));
  const nextDueAt = recurrence === undefined || affordable === planned ? affordable : recurrence.next(affordable);
  return { nextDueAt, intervalMs, intervalReason: reason };
}

async function recordDelta(context: StreamContext, held: HeldStream, report: DeltaReport): Promise<void> {
  const now = context.clock.now();
  const ledger = { ...EMPTY_LEDGER, pages: report.pages, calls: report.calls };
  await context.runs.put({
    ...partitionKey(held.key, WHOLE_STREAM),
    run: newRunId(context),
    task: 'delta',
    trigger: 'schedule',
    state: 'ended',
    outcome: outcomeOf(ledger, { complete: report.checkpoint === undefined, heldDeletions: 0 }),
    requestedAt: now,
    startedAt: now,
    endedAt: now,
    ledger,
    partitions: report.open.size,
    handedOut: report.records,
  });
}

interface CycleFigures {
  readonly dayUsed: number;
  readonly nextRunAt: Instant;
}

function reportCycle(context: StreamContext, held: HeldStream, report: DeltaReport, figures: CycleFigures): void {
  const { telemetry, clock, connection } = context;
  const { dayUsed, nextRunAt } = figures;
  const watermark = report.watermark ?? report.reached ?? held.state.watermark;
  const { perDay } = connection.limits;
  if (watermark !== undefined) reportFreshness(context, held.key, watermark, report.servedAt ?? clock.now());
  if (perDay !== undefined)
    telemetry.metric('BudgetUsed', (100 * dayUsed) / perDay, { connection: held.key.connection });
  telemetry.log('info', 'cycle ended', {
    ...held.key,
    delta: held.delta,
    pages: report.pages,
    calls: report.calls,
    records: report.records,
    partitions: report.asked ?? report.open.size,
    complete: report.checkpoint === undefined,
    durationMs: msBetween(clock.now(), held.beganAt),
    nextRunAt: toIso(nextRunAt),
  });
}

/** Gives the delta up: the watermark stays, what was handed out stays pending, and the next try waits its turn. */
export async function failDelta(context: StreamContext, held: HeldStream, error: unknown): Promise<void> {
  const { clock, telemetry, randomness } = context;
  const now = clock.now();
  const failures = held.state.failures + 1;
  const code = error instanceof Failure ? error.code : 'unexpected';
  const message = error instanceof Error ? error.message : 'unknown';
  const backoff = plusMs(now, backoffMs(AFTER_FAILURE, failures, randomness.fraction()));
  const retryAt = error instanceof SourceFailure ? error.retryAt : undefined;
  const nextDueAt = retryAt === undefined ? backoff : laterOf(retryAt, now);
  const told = { ...held.key, code, reason: message, failures, nextRunAt: toIso(nextDueAt) };
  telemetry.log('error', 'planning a stream failed', told);
  telemetry.metric('RunsFailed', 1, held.key);
  if (held.state.watermark !== undefined) {
    reportFreshness(context, held.key, held.state.watermark, now);
  }
  await context.streams.endDelta(held, {
    failures,
    lastError: `${code}: ${message}`.slice(0, 200),
    nextDueAt,
    intervalReason: reasonOf(code),
    lastCycleAt: now,
    ...(code === 'source-cursor-expired' ? { checkpoint: null } : {}),
  });
}

function reasonOf(code: string): IntervalReason {
  if (code === 'source-rate-limited') return 'rate-limited';
  if (code === 'source-down') return 'source-down';
  return code === 'source-quota-spent' ? 'quota-spent' : 'failing';
}
