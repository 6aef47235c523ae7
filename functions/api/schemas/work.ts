import * as z from 'zod/mini';
import { instant, maybeInstant } from './common.ts';
import { syncMode } from './requests.ts';

/** One work request of an answer. */
const syncRequest = z
  .object({
    connection: z.string(),
    stream: z.string(),
    partition: z.nullable(z.string()).check(z.describe('Null for the whole stream.')),
    state: z
      .enum(['queued', 'joined', 'due'])
      .check(
        z.describe(
          '`queued`: on the queue. `joined`: one was waiting already, and `run` is its id. `due`: its cycle was asked for at once.',
        ),
      ),
    run: z.nullable(z.string()).check(z.describe('Null for an incremental: its result shows in the status.')),
    nextRunAt: maybeInstant,
    message: z.string(),
  })
  .register(z.globalRegistry, { id: 'SyncRequest' });

export const skipped = z
  .object({ connection: z.string(), stream: z.nullable(z.string()), reason: z.string() })
  .register(z.globalRegistry, { id: 'Skipped' });

export const syncAnswer = z
  .object({
    mode: syncMode,
    at: instant.check(z.describe('When it was asked: what ends later may answer it.')),
    run: z.nullable(z.string()).check(z.describe('The run, where exactly one carries everything that was asked.')),
    requests: z.array(syncRequest),
    skipped: z.array(skipped),
  })
  .register(z.globalRegistry, {
    id: 'SyncAnswer',
    examples: [
      {
        mode: 'full',
        at: '2026-11-21T09:00:00.000Z',
        run: '0mi8k2f5c-q3v9x0ab',
        requests: [
          {
            connection: 'main',
            stream: 'registrations',
            partition: '4433256000013547003',
            state: 'queued',
            run: '0mi8k2f5c-q3v9x0ab',
            nextRunAt: null,
            message: 'The whole partition will be read. Follow it with GET /v1/runs/0mi8k2f5c-q3v9x0ab.',
          },
        ],
        skipped: [],
      },
    ],
  });

export const pauseAnswer = z
  .object({
    paused: z.boolean(),
    streams: z.array(z.object({ connection: z.string(), stream: z.string() })),
    skipped: z.array(skipped),
  })
  .register(z.globalRegistry, {
    id: 'PauseAnswer',
    examples: [{ paused: true, streams: [{ connection: 'main', stream: 'registrations' }], skipped: [] }],
  });

export const checkAnswer = z
  .object({
    connection: z.string(),
    ok: z.boolean(),
    findings: z.array(
      z.object({ check: z.string(), status: z.enum(['ok', 'warning', 'failed']), message: z.string() }),
    ),
  })
  .register(z.globalRegistry, {
    id: 'CheckAnswer',
    examples: [
      {
        connection: 'main',
        ok: false,
        findings: [
          { check: 'credentials', status: 'failed', message: 'The refresh token is refused: create a new one.' },
        ],
      },
    ],
  });

export type SyncAnswer = z.infer<typeof syncAnswer>;
export type SyncRequestView = z.infer<typeof syncRequest>;
export type SkippedView = z.infer<typeof skipped>;
export type PauseAnswer = z.infer<typeof pauseAnswer>;
export type CheckAnswer = z.infer<typeof checkAnswer>;
