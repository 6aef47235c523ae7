import * as z from 'zod';

/** What the commands read of the answers about drift, deletions and what has gone wrong. */

const text = z.nullable(z.string());

const counts = z.object({ missing: z.number(), stale: z.number(), extra: z.number(), corrupt: z.number() });
const ids = z.array(z.string());

export const planAnswer = z.object({
  plan: z.string(),
  connection: z.string(),
  stream: z.string(),
  partition: text,
  reason: z.string(),
  rule: z.string(),
  state: z.string(),
  removals: z.number(),
  cached: z.number(),
  sample: ids,
  createdAt: z.string(),
  expiresAt: z.string(),
  decidedAt: text,
  run: text,
});

export const planListAnswer = z.object({ plans: z.array(planAnswer) });

export const decidedPlanAnswer = z.object({ plan: planAnswer, run: z.optional(text) });

export const driftAnswer = z.object({
  drift: z.array(
    z.object({
      connection: z.string(),
      stream: z.string(),
      partition: z.string(),
      at: z.string(),
      run: z.string(),
      counts,
      ids: z.object({ missing: ids, stale: ids, extra: ids, corrupt: ids }),
      repaired: z.boolean(),
      swept: z.number(),
      compared: z.number(),
      sourceCalls: z.number(),
      cacheCommands: z.number(),
    }),
  ),
  totals: counts,
  next: text,
});

/** How many partitions a stream has, by its status. */
export const partitionsAnswer = z.object({ partitions: z.object({ total: z.number() }) });

export const auditAnswer = z.object({
  runs: z.array(
    z.object({ connection: z.string(), stream: z.string(), partition: text, run: z.string(), joined: z.boolean() }),
  ),
  skipped: z.array(z.object({ connection: z.string(), stream: text, reason: z.string() })),
});

export const quarantineAnswer = z.object({
  quarantine: z.array(
    z.object({
      connection: z.string(),
      stream: z.string(),
      record: z.string(),
      reason: z.string(),
      modified: text,
      firstAt: z.string(),
      lastAt: z.string(),
      attempts: z.number(),
      retryAt: z.string(),
    }),
  ),
});

export const deadLettersAnswer = z.object({
  deadLetters: z.array(
    z.object({
      id: z.string(),
      lane: z.string(),
      task: text,
      connection: text,
      stream: text,
      partition: text,
      reason: z.string(),
      at: text,
      sentAt: z.string(),
    }),
  ),
  total: z.number(),
  more: z.boolean(),
});

export const redriveAnswer = z.object({ redriven: z.number(), left: z.number() });

/** Besides these two it holds whatever the API found out. */
export const explainAnswer = z.looseObject({ verdict: z.string(), why: z.union([z.string(), z.array(z.string())]) });

export const sampleAnswer = z.object({ records: ids });

/** As much of an explanation as tells whether the cache has what the source shows. */
export const verdictAnswer = z.object({
  verdict: z.string(),
  why: z.string(),
  cache: z.nullable(z.object({ body: z.string() })),
  source: z.nullable(z.object({ outcome: z.string(), comparedWithCache: text, reason: text })),
});

/** Work that was accepted and is done later. */
export const acceptedAnswer = z.object({ run: z.optional(text), message: z.optional(z.string()) });

export const excludedAnswer = z.object({
  excluded: z.array(z.object({ record: z.string(), partition: z.string(), at: z.string() })),
  next: text,
});

export const duplicatesAnswer = z.object({
  groups: z.array(z.object({ keep: z.string(), others: z.array(z.string()) })),
  more: z.boolean(),
  duplicates: z.number(),
  examined: z.number(),
  truncated: z.boolean(),
  excluded: z.array(z.string()),
  left: z.number(),
});

export type DuplicatesAnswer = z.infer<typeof duplicatesAnswer>;
export type VerdictAnswer = z.infer<typeof verdictAnswer>;
export type PlanAnswer = z.infer<typeof planAnswer>;
export type DriftAnswer = z.infer<typeof driftAnswer>;
export type AuditAnswer = z.infer<typeof auditAnswer>;
