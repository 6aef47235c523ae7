import * as z from 'zod/mini';
import { count, driftCounts, instant, maybeInstant } from './common.ts';
import { skipped } from './work.ts';

const ids = z.array(z.string());

const reportExample = {
  connection: 'main',
  stream: 'registrations',
  partition: '4433256000013547003',
  at: '2026-11-21T03:31:12.000Z',
  run: '0mi8k2f5c-q3v9x0ab',
  counts: { missing: 64, stale: 0, extra: 0, corrupt: 0 },
  ids: { missing: ['4433256000013547101', '4433256000013547102'], stale: [], extra: [], corrupt: [] },
  repaired: true,
  swept: 2419,
  compared: 120,
  sourceCalls: 1,
  cacheCommands: 9,
};

export const driftReport = z
  .object({
    connection: z.string(),
    stream: z.string(),
    partition: z.string(),
    at: instant,
    run: z.string(),
    counts: driftCounts,
    ids: z
      .object({ missing: ids, stale: ids, extra: ids, corrupt: ids })
      .check(z.describe('Some of the records of each kind; the counts are whole.')),
    repaired: z.boolean(),
    swept: count.check(z.describe('Records the source showed for this partition.')),
    compared: count.check(z.describe('Records whose contents were compared; 0 where all fitted together.')),
    sourceCalls: count.check(z.describe('Besides its share of the sweep of the stream.')),
    cacheCommands: count.check(z.describe('Billed Redis commands.')),
  })
  .register(z.globalRegistry, { id: 'DriftReport', examples: [reportExample] });

export const driftAnswer = z
  .object({
    drift: z.array(driftReport),
    totals: z
      .object({
        partitions: count.check(z.describe('Partitions that were audited.')),
        drifted: count.check(z.describe('Those in which something differed.')),
        ...driftCounts.shape,
        earliestAt: maybeInstant.check(z.describe('When the one audited longest ago was.')),
        truncated: z.boolean().check(z.describe('There are more partitions than were counted.')),
      })
      .check(z.describe('Over everything that was asked for, not only this page.')),
    next: z.nullable(z.string()).check(z.describe('Give it as `cursor` for the next page; null on the last.')),
  })
  .register(z.globalRegistry, {
    id: 'Drift',
    description: 'What the last audit of each partition found. Ids only, never contents.',
    examples: [
      {
        drift: [reportExample],
        totals: {
          partitions: 40,
          drifted: 1,
          ...reportExample.counts,
          earliestAt: '2026-11-21T03:30:00.000Z',
          truncated: false,
        },
        next: null,
      },
    ],
  });

export const auditAnswer = z
  .object({
    runs: z.array(
      z.object({
        connection: z.string(),
        stream: z.string(),
        partition: z.nullable(z.string()).check(z.describe('Null for the whole stream.')),
        run: z.string(),
        joined: z.boolean().check(z.describe('One was waiting already: it now carries this wish.')),
      }),
    ),
    skipped: z.array(skipped),
  })
  .register(z.globalRegistry, {
    id: 'AuditAnswer',
    examples: [
      {
        runs: [
          { connection: 'main', stream: 'registrations', partition: null, run: '0mi8k2f5c-q3v9x0ab', joined: false },
        ],
        skipped: [],
      },
    ],
  });

export type DriftReportView = z.infer<typeof driftReport>;
export type DriftView = z.infer<typeof driftAnswer>;
export type AuditAnswer = z.infer<typeof auditAnswer>;
