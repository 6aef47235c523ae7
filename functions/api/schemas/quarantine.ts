import * as z from 'zod/mini';
import { count, instant, maybeInstant } from './common.ts';

const quarantined = z
  .object({
    connection: z.string(),
    stream: z.string(),
    record: z.string().check(z.describe('Its id, or `hash:` and the hash of its content where it has none.')),
    reason: z.enum([
      'missing-id',
      'bad-id',
      'missing-partition',
      'bad-partition',
      'missing-modified-time',
      'bad-modified-time',
      'too-large',
      'malformed',
    ]),
    modified: maybeInstant,
    firstAt: instant,
    lastAt: instant,
    attempts: count,
    retryAt: instant,
  })
  .register(z.globalRegistry, { id: 'Quarantined' });

export const quarantine = z
  .object({
    quarantine: z.array(quarantined),
    more: z.boolean().check(z.describe('There are more than `limit`.')),
  })
  .register(z.globalRegistry, {
    id: 'Quarantine',
    examples: [
      {
        quarantine: [
          {
            connection: 'main',
            stream: 'registrations',
            record: '4433256000013547101',
            reason: 'missing-partition',
            modified: '2026-11-21T08:41:07.000Z',
            firstAt: '2026-11-21T08:45:00.000Z',
            lastAt: '2026-11-21T09:00:00.000Z',
            attempts: 2,
            retryAt: '2026-11-21T09:30:00.000Z',
          },
        ],
        more: false,
      },
    ],
  });

export const retryAnswer = z
  .object({ connection: z.string(), stream: z.string(), record: z.string(), at: instant, message: z.string() })
  .register(z.globalRegistry, {
    id: 'RetryAnswer',
    examples: [
      {
        connection: 'main',
        stream: 'registrations',
        record: '4433256000013547101',
        at: '2026-11-21T09:02:00.000Z',
        message: 'The source is asked for the record at once. Healthy, it leaves the quarantine.',
      },
    ],
  });

export type QuarantineView = z.infer<typeof quarantine>;
export type QuarantinedView = z.infer<typeof quarantined>;
export type RetryAnswer = z.infer<typeof retryAnswer>;
