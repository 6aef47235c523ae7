import * as z from 'zod/mini';
import { VERDICTS } from '../../../lib/domain/explanation.ts';
import { count, instant, maybeInstant } from './common.ts';
import { partition } from './status.ts';

const maybeText = z.nullable(z.string());

const cached = z
  .object({
    present: z.boolean().check(z.describe('Readers find it.')),
    body: z.enum(['absent', 'intact', 'altered']),
    tombstone: z.boolean().check(z.describe('What is kept is only that it is gone.')),
    modified: maybeInstant.check(z.describe('Source time of its version.')),
    readOrder: z.nullable(count).check(z.describe('Number of the source call that read it.')),
    writtenAt: maybeInstant,
    writtenBy: maybeText.check(z.describe('The kind of run, or `gone` or `forgotten`.')),
  })
  .register(z.globalRegistry, { id: 'CachedEntry' });

export const explanation = z
  .object({
    connection: z.string(),
    stream: z.string(),
    record: z.string(),
    verdict: z.enum(VERDICTS),
    why: z.string(),
    advice: maybeText.check(z.describe('What to do about it, where anything is to be done.')),
    partition: maybeText.check(z.describe('Where it is, or was last. Null when nothing tells.')),
    cache: z.nullable(cached).check(z.describe('What the cache holds there.')),
    locator: z.nullable(z.object({ partition: z.string(), modified: maybeInstant, gone: maybeInstant })),
    forgotten: z.nullable(z.object({ partition: z.string(), at: instant })),
    quarantine: z.nullable(
      z.object({
        reason: z.string(),
        modified: maybeInstant,
        firstAt: instant,
        lastAt: instant,
        attempts: count,
        retryAt: instant,
      }),
    ),
    partitionStatus: z.nullable(partition),
    streamStatus: z.object({ watermark: maybeInstant, loaded: z.boolean(), paused: z.boolean() }),
    source: z
      .nullable(
        z.object({
          outcome: z.enum(['found', 'absent', 'rejected', 'failed']),
          partition: maybeText,
          modified: maybeInstant,
          comparedWithCache: z.nullable(z.enum(['newer', 'same', 'older'])),
          reason: maybeText.check(z.describe('Why it cannot be applied, or why the source did not answer.')),
        }),
      )
      .check(z.describe('Null unless it was asked.')),
    looked: z.object({
      partitions: count.check(z.describe('How many partitions were looked in.')),
      complete: z.boolean().check(z.describe('There are no others.')),
    }),
  })
  .register(z.globalRegistry, {
    id: 'Explanation',
    examples: [
      {
        connection: 'main',
        stream: 'registrations',
        record: '4433256000013547101',
        verdict: 'removed',
        why: 'It was found gone at the source, and left the cache at 2026-11-20T03:31:12.000Z.',
        advice: null,
        partition: '4433256000013547003',
        cache: {
          present: false,
          body: 'absent',
          tombstone: true,
          modified: '2026-11-02T10:15:00.000Z',
          readOrder: 4711,
          writtenAt: '2026-11-20T03:31:12.000Z',
          writtenBy: 'gone',
        },
        locator: {
          partition: '4433256000013547003',
          modified: '2026-11-02T10:15:00.000Z',
          gone: '2026-11-20T03:31:12.000Z',
        },
        forgotten: null,
        quarantine: null,
        partitionStatus: null,
        streamStatus: { watermark: '2026-11-21T08:58:30.000Z', loaded: true, paused: false },
        source: null,
        looked: { partitions: 1, complete: true },
      },
    ],
  });

export const forgetAnswer = z
  .object({
    connection: z.string(),
    stream: z.string(),
    record: z.string(),
    partitions: z.array(z.string()).check(z.describe('Where it is being removed from.')),
    message: z.string(),
  })
  .register(z.globalRegistry, {
    id: 'ForgetAnswer',
    examples: [
      {
        connection: 'main',
        stream: 'registrations',
        record: '4433256000013547101',
        partitions: ['4433256000013547003'],
        message: 'It is being erased. Only a version newer than the one that was known comes back.',
      },
    ],
  });

export const sample = z
  .object({ connection: z.string(), stream: z.string(), partition: z.string(), records: z.array(z.string()) })
  .register(z.globalRegistry, { id: 'Sample', description: 'Ids of records that readers find, chosen by chance.' });

export type SampleView = z.infer<typeof sample>;
export type ExplanationView = z.infer<typeof explanation>;
export type ForgetAnswer = z.infer<typeof forgetAnswer>;
