import * as z from 'zod/mini';
import { count, driftCounts, instant, ledger, maybeCount, maybeInstant, outcome, progress } from './common.ts';

export const run = z
  .object({
    run: z.string(),
    connection: z.string(),
    stream: z.string(),
    partition: z.nullable(z.string()).check(z.describe('Null for the whole stream.')),
    task: z.enum(['delta', 'apply', 'window', 'full', 'walk', 'audit', 'drop', 'import']),
    trigger: z.enum(['schedule', 'force', 'repair', 'first-load', 'plan']),
    state: z.enum(['queued', 'running', 'ended']),
    outcome: z.nullable(outcome).check(z.describe('Null until it has ended.')),
    requestedAt: instant,
    startedAt: maybeInstant,
    endedAt: maybeInstant,
    durationMs: maybeCount,
    ledger,
    progress,
    error: z.nullable(z.string()).check(z.describe('Failure code of the last attempt that failed.')),
    heldDeletions: count.check(z.describe('Deletions that wait for a person.')),
    plan: z.nullable(z.string()).check(z.describe('The deletion plan it made, or carries out.')),
    drift: z.nullable(driftCounts).check(z.describe('For an audit: how many records differed.')),
    partitions: maybeCount.check(z.describe('For a delta: how many partitions had changed.')),
  })
  .register(z.globalRegistry, {
    id: 'Run',
    examples: [
      {
        run: '0mi8k2f5c-q3v9x0ab',
        connection: 'main',
        stream: 'registrations',
        partition: '4433256000013547003',
        task: 'full',
        trigger: 'force',
        state: 'ended',
        outcome: 'succeeded',
        requestedAt: '2026-11-21T09:00:00.000Z',
        startedAt: '2026-11-21T09:00:01.000Z',
        endedAt: '2026-11-21T09:00:05.200Z',
        durationMs: 4200,
        ledger: {
          pages: 3,
          seen: 2419,
          added: 64,
          updated: 0,
          unchanged: 2355,
          superseded: 0,
          quarantined: 0,
          deferred: 0,
          removed: 0,
          calls: 3,
          cacheCommands: 12,
        },
        progress: null,
        error: null,
        heldDeletions: 0,
        plan: null,
        drift: null,
        partitions: null,
      },
    ],
  });

export const cancelAnswer = z
  .object({ run: z.string(), cancelling: z.literal(true), message: z.string() })
  .register(z.globalRegistry, {
    id: 'CancelAnswer',
    examples: [
      {
        run: '0mi8k2f5c-q3v9x0ab',
        cancelling: true,
        message: 'A worker ends it before its next step. Follow it with GET /v1/runs/0mi8k2f5c-q3v9x0ab.',
      },
    ],
  });

export const runList = z
  .object({
    runs: z.array(run),
    next: z.nullable(z.string()).check(z.describe('Give it as `cursor` for the next page; null on the last.')),
  })
  .register(z.globalRegistry, { id: 'RunList', description: 'Newest first.', examples: [{ runs: [], next: null }] });

export type CancelAnswer = z.infer<typeof cancelAnswer>;
export type RunView = z.infer<typeof run>;
export type RunListView = z.infer<typeof runList>;
