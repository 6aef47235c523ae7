import * as z from 'zod/mini';
import { count, instant, maybeInstant } from './common.ts';

const maybeText = z.nullable(z.string());

const deadLetter = z
  .object({
    id: z.string(),
    lane: z.enum(['priority', 'scheduled', 'imports', 'slow', 'unknown']),
    task: maybeText.check(z.describe('Null when the message is not understood.')),
    connection: maybeText,
    stream: maybeText,
    partition: maybeText.check(z.describe('Null for the whole stream.')),
    reason: z.string().check(z.describe('Code of its last failure, `bad-message`, or `no-answer`.')),
    at: maybeInstant.check(z.describe('When its last attempt failed.')),
    sentAt: instant,
  })
  .register(z.globalRegistry, { id: 'DeadLetter' });

export const deadLetters = z
  .object({
    deadLetters: z.array(deadLetter),
    total: count.check(z.describe('Approximate.')),
    more: z.boolean().check(z.describe('The queue holds others.')),
  })
  .register(z.globalRegistry, {
    id: 'DeadLetters',
    examples: [
      {
        deadLetters: [
          {
            id: '0d1c7c1e-5a0e-4a55-9d7e-3d0c9a4a2d11',
            lane: 'scheduled',
            task: 'apply',
            connection: 'main',
            stream: 'registrations',
            partition: '4433256000013547003',
            reason: 'cache-unavailable',
            at: '2026-11-21T08:59:00.000Z',
            sentAt: '2026-11-21T08:20:00.000Z',
          },
        ],
        total: 1,
        more: false,
      },
    ],
  });

export const redriveAnswer = z
  .object({ redriven: count, left: count.check(z.describe('Looked at and still there.')) })
  .register(z.globalRegistry, { id: 'RedriveAnswer', examples: [{ redriven: 12, left: 1 }] });

export type DeadLettersView = z.infer<typeof deadLetters>;
export type DeadLetterView = z.infer<typeof deadLetter>;
export type RedriveAnswer = z.infer<typeof redriveAnswer>;
