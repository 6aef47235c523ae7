import { breakerPhase } from '../../../lib/domain/breaker.ts';
import { type Instant, toIso } from '../../../lib/domain/instant.ts';
import { type EffectiveInterval, effectiveInterval } from '../../../lib/domain/interval.ts';
import type { LastRun, PartitionState } from '../../../lib/domain/partition.ts';
import type { BrokenConnection } from '../../../lib/ports/connections.ts';
import type { LastAudit } from '../../../lib/sync/describe-findings.ts';
import type { PartitionStatus } from '../../../lib/sync/describe-partition.ts';
import type { ConnectionStatus, StreamStatus } from '../../../lib/sync/describe-status.ts';
import { isEnabled, plannedStreams } from '../../../lib/sync/planned-streams.ts';
import type { ConnectionView, PartitionView, StatusView, StreamView } from '../schemas/status.ts';
import { budgetView } from './budget-view.ts';
import { isoOrNull, progressView, runView } from './run-view.ts';

const MINUTE_MS = 60_000;

export function connectionView({ open, condition, budget, streams }: ConnectionStatus, now: Instant): ConnectionView {
  return {
    id: open.connection.id,
    source: open.connection.source,
    enabled: open.connection.enabled,
    state: condition,
    problems: [],
    budget: budgetView(budget, open.limits, now),
    streams: streams.map((stream) => streamView(stream, now)),
  };
}

export function brokenView({ id, problems }: BrokenConnection): ConnectionView {
  return { id, source: null, enabled: false, state: 'broken', problems: [...problems], budget: null, streams: [] };
}

export function streamView(status: StreamStatus, now: Instant): StreamView {
  const { state, target, partitions } = status;
  const { rules } = target.stream;
  const { total, behind, pending, records, truncated } = partitions;
  return {
    stream: target.stream.name,
    partitionKind: target.stream.partitionKind,
    enabled: isEnabled(target.connection, target.stream),
    running: status.running,
    paused: state.paused,
    loaded: status.loaded,
    ...freshnessView(status),
    staleAfterMinutes: minutes(rules.staleAfterMs),
    intervalMinutes: intervalView(status, now),
    schedule: scheduleView(status, now),
    nextRunAt: isoOrNull(status.nextRunAt),
    lastCycleAt: isoOrNull(state.lastCycleAt),
    lastError: state.lastError ?? null,
    failures: state.failures,
    walk: status.walk === undefined ? null : walkView(status.walk, status.remainingMs),
    partitions: { total, behind, pending, records, truncated },
    rebuilding: status.rebuilding,
    heldPlans: [...status.heldPlans],
    lastAudit: auditView(status.audit.last),
    auditing: status.audit.underWay ?? null,
    quarantined: status.quarantined,
    totals: partitions.totals,
    lastRun: status.lastRun === undefined ? null : runView(status.lastRun),
  };
}

export function partitionView(status: PartitionStatus): PartitionView {
  const { state, cached } = status;
  const { pending, force } = state;
  return {
    partition: state.id,
    title: state.title ?? null,
    state: status.condition,
    ...freshnessView(status),
    loaded: state.loaded,
    count: state.count,
    cached: cached ?? null,
    cacheError: status.cacheError ?? null,
    missing: cached === undefined ? null : Math.max(0, state.count - cached),
    extra: cached === undefined ? null : Math.max(0, cached - state.count),
    pending: {
      since: isoOrNull(pending.since),
      open: [...pending.open],
      moved: Object.keys(pending.moved).length,
      rebuild: pending.rebuild,
    },
    lease: status.leaseUntil === undefined ? null : { until: toIso(status.leaseUntil) },
    force: force === undefined ? null : { run: force.run, at: toIso(force.at) },
    full: state.full === undefined ? null : walkView(state, status.remainingMs),
    cancelling: state.cancel ?? null,
    failures: state.failures,
    lastRun: state.lastRun === undefined ? null : lastRunView(state.lastRun),
    rebuilding: status.rebuilding,
    heldPlans: [...status.heldPlans],
    lastAudit: auditView(status.lastAudit),
    nextRunAt: isoOrNull(status.nextRunAt),
    skippedAt: isoOrNull(status.skippedAt),
    totals: state.totals,
  };
}

function freshnessView({ watermark, freshness }: Pick<StreamStatus, 'watermark' | 'freshness'>) {
  return {
    watermark: isoOrNull(watermark),
    freshnessSeconds: freshness.seconds ?? null,
    stale: freshness.stale,
  };
}

function lastRunView(last: LastRun): PartitionView['lastRun'] {
  const { run, task, outcome, at, durationMs, ledger, error = null } = last;
  return { run, task, outcome, at: toIso(at), durationMs, ledger, error };
}

function auditView(audit: LastAudit | undefined): StreamView['lastAudit'] {
  return audit === undefined ? null : { run: audit.run, at: toIso(audit.at), drift: audit.counts ?? null };
}

function walkView(item: PartitionState, remainingMs?: number): StreamView['walk'] {
  const { full, force, cancel, failures, lastRun } = item;
  const error = (failures > 0 ? lastRun?.error : undefined) ?? null;
  if (full !== undefined) {
    const { run, ledger, phase } = full;
    const state = phase === 'finish' ? 'finishing' : 'reading';
    return {
      run,
      pages: ledger.pages,
      seen: ledger.seen,
      progress: progressView(full.progress, remainingMs),
      state: cancel === run ? 'cancelling' : state,
      error,
    };
  }
  if (force === undefined) return null;
  const state = cancel === force.run ? 'cancelling' : 'queued';
  return { run: force.run, pages: 0, seen: 0, progress: null, state, error };
}

function scheduleView({ target, state, running }: StreamStatus, now: Instant): StreamView['schedule'] {
  const { schedule } = target.stream.rules;
  if (schedule === undefined) return null;
  const { changes, full, timeZone, skipWithinMs } = schedule;
  const since = state.lastFullAt ?? state.lastCycleAt;
  return {
    changes: changes?.text ?? null,
    full: full?.text ?? null,
    timeZone,
    skipWithinMinutes: minutes(skipWithinMs),
    nextFullAt: running ? isoOrNull(full?.next(since ?? now)) : null,
  };
}

/** How many connections are how. */
export function totalsView(connections: readonly ConnectionView[]): StatusView['totals'] {
  const totals = { connections: connections.length, healthy: 0, behind: 0, paused: 0, disabled: 0, broken: 0 };
  for (const { state } of connections) totals[state] += 1;
  return totals;
}

function intervalView(status: StreamStatus, now: Instant): StreamView['intervalMinutes'] {
  const { rules } = status.target.stream;
  const { intervalMs, reason: chosen } = intervalOf(status, now);
  const reason = chosen === 'configured' && rules.schedule?.changes !== undefined ? 'schedule' : chosen;
  return { configured: minutes(rules.intervalMs), effective: minutes(intervalMs), reason: REASONS[reason] };
}

/** What the last cycle chose; before the first one, what it would choose now. While the source is down nothing is chosen. */
function intervalOf({ state, target, budget }: StreamStatus, now: Instant): EffectiveInterval {
  const { rules } = target.stream;
  const { limits } = target.connection;
  const { intervalMs, intervalReason } = state;
  const isDown = breakerPhase(budget.breaker, now) !== 'closed';
  if (isDown) return { intervalMs: intervalMs ?? rules.intervalMs, reason: 'source-down' };
  if (intervalMs !== undefined && intervalReason !== undefined) return { intervalMs, reason: intervalReason };
  return effectiveInterval(rules.intervalMs, budget, limits, plannedStreams(target.connection).length, now);
}

const REASONS: Readonly<Record<EffectiveInterval['reason'], string>> = {
  configured: 'as configured',
  schedule: 'by its schedule',
  'daily-budget': 'what is left of the day’s calls affords no shorter one',
  failing: 'the source fails, so it is asked less often',
  'rate-limited': 'the source asked for a pause',
  'quota-spent': 'the day’s calls are spent; it goes on after the vendor’s reset',
  'source-down': 'the source does not answer; one call at a time tries whether it is back',
};

/** To a tenth. */
function minutes(ms: number): number {
  return Math.round((ms / MINUTE_MS) * 10) / 10;
}
