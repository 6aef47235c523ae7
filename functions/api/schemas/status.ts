import * as z from 'zod/mini';
import { count, driftCounts, instant, ledger, maybeCount, maybeInstant, outcome, progress, totals } from './common.ts';
import { run } from './run.ts';
import { connectionExample, partitionExample, streamExample } from './status-examples.ts';

const lastRun = z
  .object({
    run: z.string(),
    task: z.enum(['apply', 'window', 'full', 'walk', 'audit', 'import']),
    outcome,
    at: instant,
    durationMs: count,
    ledger,
    error: z.nullable(z.string()),
  })
  .register(z.globalRegistry, { id: 'LastRun' });

const wholeRead = z
  .object({
    run: z.string(),
    pages: count,
    seen: count,
    progress,
    state: z.enum(['queued', 'reading', 'finishing', 'cancelling']),
    error: z.nullable(z.string()).check(z.describe('Why its last attempt failed; null after one that did not.')),
  })
  .register(z.globalRegistry, { id: 'WholeRead', description: 'A read of everything: where it stands.' });

const lastAudit = z
  .object({
    run: z.string(),
    at: instant,
    drift: z.nullable(driftCounts).check(z.describe('Null when it could not tell, or its run is no longer kept.')),
  })
  .register(z.globalRegistry, { id: 'LastAudit' });

const findings = {
  rebuilding: z.boolean().check(z.describe('Lost in the cache, and to be read again as a whole, or being read.')),
  heldPlans: z.array(z.string()).check(z.describe('Deletion plans that wait for a person: GET /v1/plans/{plan}.')),
};

const freshness = {
  watermark: maybeInstant.check(z.describe('Everything up to this instant of the source is in the cache.')),
  freshnessSeconds: maybeCount.check(z.describe('Age of the watermark.')),
  stale: z
    .boolean()
    .check(z.describe('Older than `staleAfterMinutes`, counted from the schedule where there is one; or never read.')),
};

export const partition = z
  .object({
    partition: z.string(),
    title: z.nullable(z.string()),
    state: z
      .enum(['in-sync', 'behind', 'loading', 'discrepancy'])
      .check(
        z.describe(
          '`discrepancy`: the cache does not hold what was committed; a full sync of the partition repairs it.',
        ),
      ),
    ...freshness,
    loaded: z.boolean(),
    count: count.check(z.describe('Records in the cache after the last committed write.')),
    cached: maybeCount.check(
      z.describe('Records really in the cache now. Null in listings, without `detectDiscrepancies`, or while unknown.'),
    ),
    cacheError: z.nullable(z.string()).check(z.describe('Why the cache could not be asked.')),
    missing: maybeCount.check(z.describe('Committed, but not in the cache.')),
    extra: maybeCount.check(z.describe('In the cache, but not committed.')),
    pending: z.object({
      since: maybeInstant,
      open: z.array(count).check(z.describe('Deltas found and not yet applied.')),
      moved: count.check(z.describe('Records that were found elsewhere and are still to be removed here.')),
      rebuild: z.boolean(),
    }),
    lease: z.nullable(z.object({ until: instant })),
    force: z.nullable(z.object({ run: z.string(), at: instant })),
    full: z.nullable(wholeRead).check(z.describe('The read of the whole partition that is under way.')),
    cancelling: z.nullable(z.string()).check(z.describe('The run that somebody wants to end.')),
    failures: count.check(z.describe('In a row.')),
    lastRun: z.nullable(lastRun),
    ...findings,
    lastAudit: z.nullable(lastAudit).check(z.describe('Null in listings, and before the first one.')),
    nextRunAt: maybeInstant.check(z.describe('Null where the stream is asked as a whole.')),
    skippedAt: maybeInstant.check(
      z.describe('The last scheduled run left out: it had been synced a short time before.'),
    ),
    totals,
  })
  .register(z.globalRegistry, { id: 'PartitionStatus', examples: [partitionExample] });

export const partitionList = z
  .object({ items: z.array(partition), next: z.nullable(z.string()) })
  .register(z.globalRegistry, {
    id: 'PartitionList',
    description: 'Give `next` as `cursor` for the next page; null on the last.',
  });

const schedule = z
  .object({
    changes: z.nullable(z.string()),
    full: z.nullable(z.string()),
    timeZone: z.string(),
    skipWithinMinutes: z.number(),
    nextFullAt: maybeInstant,
  })
  .register(z.globalRegistry, { id: 'Schedule', description: 'Cron expressions of five fields.' });

const streamFields = {
  stream: z.string(),
  partitionKind: z.string().check(z.describe('What a partition is called: `event`, `organization`, `shop`.')),
  enabled: z.boolean().check(z.describe('False where its policy, or its connection, takes it out.')),
  running: z.boolean().check(z.describe('Synced automatically: enabled, not paused, not brought by people.')),
  paused: z.boolean(),
  loaded: z.boolean().check(z.describe('All that the source has was read at least once.')),
  ...freshness,
  staleAfterMinutes: z.number(),
  intervalMinutes: z.object({
    configured: z.number(),
    effective: z.number(),
    reason: z.string().check(z.describe('Why the effective interval is what it is, in words.')),
  }),
  schedule: z.nullable(schedule).check(z.describe('Null: by its interval.')),
  nextRunAt: maybeInstant.check(z.describe('Null while it does not run.')),
  lastCycleAt: maybeInstant,
  lastError: z.nullable(z.string()),
  failures: count.check(z.describe('In a row.')),
  walk: z.nullable(wholeRead),
  partitions: z.object({
    total: count,
    behind: count.check(z.describe('Not in sync, for whatever reason.')),
    pending: count.check(z.describe('With changes found and not yet applied.')),
    records: count.check(z.describe('Records in the cache after the last committed writes.')),
    truncated: z.boolean().check(z.describe('There are more partitions than these sums and `totals` cover.')),
  }),
  ...findings,
  lastAudit: z.nullable(lastAudit),
  auditing: z.nullable(z.string()).check(z.describe('The run of an audit that is waiting or under way.')),
  quarantined: z.object({ count: count.check(z.describe('Up to 100.')), more: z.boolean() }),
  totals,
  lastRun: z.nullable(run).check(z.describe('The newest entry of the run history; idle cycles write none.')),
};

export const stream = z
  .object(streamFields)
  .register(z.globalRegistry, { id: 'StreamStatus', examples: [streamExample] });

export const streamDetail = z
  .object({ connection: z.string(), ...streamFields, partitionList })
  .register(z.globalRegistry, { id: 'StreamDetail', description: 'A stream and one page of its partitions.' });

export const partitionDetail = z
  .object({ connection: z.string(), stream: z.string(), partitionKind: z.string(), ...partition.shape })
  .register(z.globalRegistry, { id: 'PartitionDetail', description: 'A partition, compared with the cache.' });

const breaker = z
  .object({
    state: z
      .enum(['closed', 'open', 'half-open'])
      .check(z.describe('`open`: the source is down and not called. `half-open`: one call tries whether it is back.')),
    since: maybeInstant.check(z.describe('Since when it is not closed.')),
    failures: count.check(z.describe('Calls in a row that the source has not answered.')),
    retryAt: maybeInstant.check(z.describe('When one call is let through; null while it is closed.')),
  })
  .register(z.globalRegistry, { id: 'Breaker', description: 'Holds calls back while the source does not answer.' });

const budget = z
  .object({
    perMinute: count,
    perDay: maybeCount.check(z.describe('Null where the vendor counts no days.')),
    minuteUsed: count.check(z.describe('Calls of the last 60 seconds.')),
    dayUsed: count,
    leftToday: maybeCount,
    scheduledLeftToday: maybeCount.check(z.describe('What scheduled work may spend: the rest is kept for forces.')),
    resetsAt: maybeInstant,
    pausedUntil: maybeInstant,
    pauseReason: z.nullable(z.enum(['rate-limited', 'quota-spent'])),
    breaker,
  })
  .register(z.globalRegistry, { id: 'Budget', description: 'Source calls, shared by all workers of the connection.' });

const connectionState = z
  .enum(['healthy', 'behind', 'paused', 'disabled', 'broken'])
  .check(
    z.describe('`behind`: something that runs is stale or fails. `paused`: every stream is. `broken`: see `problems`.'),
  );

export const connection = z
  .object({
    id: z.string(),
    source: z.nullable(z.string()).check(z.describe('Null for a connection that cannot be read.')),
    enabled: z.boolean(),
    state: connectionState,
    problems: z.array(z.string()).check(z.describe('What keeps it from being opened; empty when nothing does.')),
    budget: z.nullable(budget),
    streams: z.array(stream),
  })
  .register(z.globalRegistry, { id: 'ConnectionStatus', examples: [connectionExample] });

const connectionTotals = z
  .object({ connections: count, healthy: count, behind: count, paused: count, disabled: count, broken: count })
  .register(z.globalRegistry, { id: 'ConnectionTotals', description: 'How many connections are how.' });

export const status = z
  .object({ at: instant, totals: connectionTotals, connections: z.array(connection) })
  .register(z.globalRegistry, { id: 'Status', description: 'Everything.' });

export type PartitionView = z.infer<typeof partition>;
export type PartitionDetailView = z.infer<typeof partitionDetail>;
export type StreamView = z.infer<typeof stream>;
export type StreamDetailView = z.infer<typeof streamDetail>;
export type BudgetView = z.infer<typeof budget>;
export type ConnectionView = z.infer<typeof connection>;
export type StatusView = z.infer<typeof status>;
