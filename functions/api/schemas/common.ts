import * as z from 'zod/mini';

/** Schemas that carry an `id` become components of the OpenAPI document; types of answers are inferred from them. */

export const instant = z.iso.datetime().register(z.globalRegistry, { id: 'Instant', description: 'ISO-8601, UTC.' });
export const maybeInstant = z.nullable(instant);
export const count = z.int().check(z.minimum(0));
export const maybeCount = z.nullable(count);

export const ledger = z
  .object({
    pages: count,
    seen: count.check(z.describe('Records read, whatever became of them.')),
    added: count,
    updated: count,
    unchanged: count,
    superseded: count.check(z.describe('The cache already held a newer version.')),
    quarantined: count,
    deferred: count.check(z.describe('Left to another run, because the partition was being written.')),
    removed: count,
    calls: count.check(z.describe('Source calls.')),
    cacheCommands: count.check(z.describe('Billed Redis commands.')),
  })
  .register(z.globalRegistry, {
    id: 'Ledger',
    description: 'seen = added + updated + unchanged + superseded + quarantined + deferred.',
  });

export const outcome = z
  .enum(['succeeded', 'partial', 'rate-limited', 'fenced', 'cancelled', 'failed'])
  .register(z.globalRegistry, { id: 'Outcome', description: 'Derived from the ledger. Only `succeeded` is success.' });

export const driftCounts = z
  .object({
    missing: count.check(z.describe('The source has it, the cache has not.')),
    stale: count.check(z.describe('The cache has an older version.')),
    extra: count.check(z.describe('The cache has it, the source has not.')),
    corrupt: count.check(z.describe('What the cache holds is not what was written, or only part of it.')),
  })
  .register(z.globalRegistry, { id: 'DriftCounts' });

export const totals = z
  .object({ runs: count, succeeded: count, failed: count, added: count, updated: count, removed: count })
  .register(z.globalRegistry, { id: 'Totals', description: 'Over the whole life.' });

export const progress = z
  .nullable(
    z.object({
      processed: count,
      total: count,
      percent: count,
      remainingSeconds: maybeCount.check(
        z.describe('Roughly, by the pace so far and the call budget; null in the run history.'),
      ),
    }),
  )
  .check(z.describe('Null where the source does not say how much there is.'));

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().check(z.describe('What to do about it.')),
    instance: z.string().check(z.describe('Names the request: its log lines carry the same id.')),
    errors: z.optional(z.array(z.string())),
  })
  .register(z.globalRegistry, {
    id: 'Problem',
    description: 'RFC 9457 problem document.',
    examples: [
      {
        type: 'urn:tidemark:problem:missing-scope',
        title: 'This token may not do that',
        status: 403,
        detail: 'Use a token with the scope "operate".',
        instance: 'urn:tidemark:request:7b1f8c56-0a4e-4a55-9d7e-3d0c9a4a2d11',
      },
    ],
  });
