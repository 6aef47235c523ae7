import * as z from 'zod/mini';
import { count, instant, maybeInstant, outcome } from './common.ts';

const MOST_BYTES = 200 * 1024 * 1024;

export const uploadBody = z
  .strictObject({ bytes: z.int().check(z.minimum(1), z.maximum(MOST_BYTES)) })
  .register(z.globalRegistry, {
    id: 'UploadBody',
    description: '`bytes`: the size of the file, to the byte.',
    examples: [{ bytes: 48_213 }],
  });

export const importBody = z.strictObject({ dryRun: z.optional(z.boolean()) }).register(z.globalRegistry, {
  id: 'ImportBody',
  description: '`dryRun`: write nothing, and count what would be written.',
  examples: [{ dryRun: true }],
});

const RUN = '0mi8k2f5c-q3v9x0ab';

export const uploadAnswer = z
  .object({
    import: z.string().check(z.describe('Start it with POST /v1/imports/{connection}/{stream}/{import}.')),
    upload: z.object({
      method: z.literal('PUT'),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      expiresAt: instant,
    }),
  })
  .register(z.globalRegistry, {
    id: 'UploadAnswer',
    examples: [
      {
        import: RUN,
        upload: {
          method: 'PUT',
          url: 'https://files.example/uploads/desk/walk-ins.csv?X-Amz-Signature=…',
          headers: { 'content-length': '48213' },
          expiresAt: '2026-11-21T09:15:00.000Z',
        },
      },
    ],
  });

export const importAnswer = z
  .object({
    import: z.string(),
    connection: z.string(),
    stream: z.string(),
    dryRun: z.boolean(),
    state: z.enum(['queued', 'running', 'ended']),
    outcome: z.nullable(outcome).check(z.describe('`partial`: rows were rejected. Null until it has ended.')),
    rows: z.object({
      read: count,
      added: count,
      updated: count,
      unchanged: count,
      superseded: count.check(z.describe('Another import, begun later, has brought the record since.')),
      rejected: count,
    }),
    requestedAt: instant,
    endedAt: maybeInstant,
    error: z.nullable(z.string()).check(z.describe('Why it ended before the end of the file.')),
    errors: z
      .nullable(z.object({ url: z.string(), expiresAt: instant }))
      .check(z.describe('Where the rejected rows are listed, as CSV: row, column, and what is expected there.')),
  })
  .register(z.globalRegistry, {
    id: 'Import',
    examples: [
      {
        import: RUN,
        connection: 'desk',
        stream: 'walk-ins',
        dryRun: false,
        state: 'ended',
        outcome: 'succeeded',
        rows: { read: 812, added: 41, updated: 6, unchanged: 765, superseded: 0, rejected: 0 },
        requestedAt: '2026-11-21T09:00:00.000Z',
        endedAt: '2026-11-21T09:00:03.000Z',
        error: null,
        errors: null,
      },
    ],
  });

export type UploadAnswer = z.infer<typeof uploadAnswer>;
export type ImportAnswer = z.infer<typeof importAnswer>;
