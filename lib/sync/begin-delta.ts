import { type BackoffRule, backoffMs } from '../domain/backoff.ts';
import { Failure } from '../domain/failure.ts';
import { type Instant, laterOf, msBetween, plusMs } from '../domain/instant.ts';
import { effectiveInterval, isDue, nextDue } from '../domain/interval.ts';
import { EMPTY_LEDGER, outcomeOf } from '../domain/ledger.ts';
import { partitionKey, type StreamKey, WHOLE_STREAM } from '../domain/names.ts';
import type { IntervalReason, StreamState } from '../domain/stream.ts';
import { SourceFailure } from '../ports/source.ts';
import type { HeldStream } from '../ports/stream-store.ts';
import { newRunId } from './new-run-id.ts';
import { plannedStreams } from './planned-streams.ts';
import type { DeltaReport } from './read-delta.ts';
import { leaseMs, type StreamContext } from './sync-context.ts';

const AFTER_FAILURE: BackoffRule = { firstMs: 60_000, capMs: 3_600_000 };

/** Takes the right to run the stream's next delta; nothing when it is paused, not due, or somebody else's. */
export async function beginDelta(
  context: StreamContext,
  key: StreamKey,
  state: StreamState,
): Promise<HeldStream | undefined> {
  if (state.paused || !isDue(state.nextDueAt, context.clock.now())) return undefined;
  return context.streams.beginDelta(key, state, context.slice.owner, leaseMs(context.slice));
}

/** Ends the delta: only now, with everything handed out durably pending, does the stream's watermark move. */
export async function endDelta(
  context: StreamContext,
  held: HeldStream,
  report: DeltaReport,
  cacheCycle: number | undefined,
): Promise<void> {
  const { clock, connection, stream } = context;
  const now = clock.now();
  const budget = await context.budget.read(held.key.connection);
  const interval = effectiveInterval(
    stream.rules.intervalMs,
    budget,
    connection.limits,
    plannedStreams(connection).length,
    now,
  );
  const ended = await context.streams.endDelta(held, {
    ...(report.watermark === undefined ? {} : { watermark: report.watermark }),
    handedOut: report.handedOut,
    checkpoint: report.checkpoint ?? null,
    nextDueAt: report.checkpoint === undefined ? nextDue(now, interval.intervalMs) : now,
    intervalMs: interval.intervalMs,
    intervalReason: interval.reason,
    failures: 0,
    lastError: null,
    lastCycleAt: now,
    ...(cacheCycle === undefined ? {} : { cacheCycle }),
  });
  if (!ended)
    context.telemetry.log('warn', 'the delta was overtaken by another planner; its watermark stays', { ...held.key });
  if (report.records > 0) await recordDelta(context, held, report);
  reportCycle(context, held, report, budget.dayUsed);
}

async function recordDelta(context: StreamContext, held: HeldStream, report: DeltaReport): Promise<void> {
  const now = context.clock.now();
  const ledger = { ...EMPTY_LEDGER, pages: report.pages };
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

function reportCycle(context: StreamContext, held: HeldStream, report: DeltaReport, dayUsed: number): void {
  const { telemetry, clock, connection } = context;
  const watermark = report.watermark ?? held.state.watermark;
  const { perDay } = connection.limits;
  if (watermark !== undefined)
    telemetry.metric('FreshnessSeconds', ageSeconds(watermark, report.servedAt ?? clock.now()), held.key);
  if (perDay !== undefined)
    telemetry.metric('BudgetUsed', (100 * dayUsed) / perDay, { connection: held.key.connection });
  telemetry.log('info', 'cycle ended', {
    ...held.key,
    delta: held.delta,
    pages: report.pages,
    records: report.records,
    partitions: report.open.size,
    complete: report.checkpoint === undefined,
  });
}

function ageSeconds(watermark: Instant, now: Instant): number {
  return Math.max(0, Math.round(msBetween(now, watermark) / 1000));
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
  telemetry.log('error', 'planning a stream failed', { ...held.key, code, reason: message, failures });
  telemetry.metric('RunsFailed', 1, held.key);
  if (held.state.watermark !== undefined) {
    telemetry.metric('FreshnessSeconds', ageSeconds(held.state.watermark, now), held.key);
  }
  await context.streams.endDelta(held, {
    failures,
    lastError: `${code}: ${message}`.slice(0, 200),
    nextDueAt: retryAt === undefined ? backoff : laterOf(retryAt, now),
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
