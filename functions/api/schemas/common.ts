import * as z from 'zod';

/** Schemas that carry an `id` become components of the OpenAPI document; types of answers are inferred from them. */

export const instant = z.iso.datetime().meta({ id: 'Instant', description: 'ISO-8601, UTC.' });
export const maybeInstant = z.nullable(instant);
export const count = z.int().min(0);
export const maybeCount = z.nullable(count);

export const ledger = z
  .object({
    pages: count,
    seen: count.meta({ description: 'Records read, whatever became of them.' }),
    added: count,
    updated: count,
    unchanged: count,
    superseded: count.meta({ description: 'The cache already held a newer version.' }),
    quarantined: count,
    deferred: count.meta({ description: 'Left to another run, because the partition was being written.' }),
    removed: count,
    cacheCommands: count.meta({ description: 'Billed Redis commands.' }),
  })
  .meta({ id: 'Ledger', description: 'seen = added + updated + unchanged + superseded + quarantined + deferred.' });

export const outcome = z
  .enum(['succeeded', 'partial', 'rate-limited', 'fenced', 'failed'])
  .meta({ id: 'Outcome', description: 'Derived from the ledger. Only `succeeded` is success.' });

export const totals = z
  .object({ runs: count, succeeded: count, failed: count, added: count, updated: count, removed: count })
  .meta({ id: 'Totals', description: 'Over the whole life.' });

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What to do about it.' }),
    instance: z.string().meta({ description: 'Names the request: its log lines carry the same id.' }),
    errors: z.optional(z.array(z.string())),
  })
  .meta({
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
