import * as z from 'zod/mini';
import { PLAN_STATES } from '../../../lib/domain/deletion-plan.ts';
import { count, instant, maybeInstant } from './common.ts';

const planExample = {
  plan: '0mi8k2f5c-q3v9x0ab',
  connection: 'main',
  stream: 'registrations',
  partition: '4433256000013547003',
  reason: 'absent',
  rule: 'share-of-partition',
  state: 'held',
  removals: 312,
  cached: 2419,
  sample: ['4433256000013547101', '4433256000013547102'],
  createdAt: '2026-11-21T02:04:10.000Z',
  expiresAt: '2026-11-28T02:04:10.000Z',
  decidedAt: null,
  run: '0mi8k2f5c-7c2d9e4f',
} as const;

export const plan = z
  .object({
    plan: z.string(),
    connection: z.string(),
    stream: z.string(),
    partition: z.nullable(z.string()).check(z.describe('Null for every partition of the stream.')),
    reason: z
      .enum([
        'absent',
        'partition-gone',
        'connection-removed',
        'connection-disabled',
        'stream-disabled',
        'orphaned-keys',
      ])
      .check(z.describe('Why records are to leave. `absent`: a complete scan and a query by id did not find them.')),
    rule: z
      .enum([
        'share-of-partition',
        'empties-partition',
        'half-of-partition',
        'connection-day',
        'unconfirmed',
        'lifecycle',
      ])
      .check(z.describe('What holds it back.')),
    state: z
      .enum(PLAN_STATES)
      .check(z.describe('`expired`: too old, or a later scan did not find its reason any more.')),
    removals: count,
    cached: count.check(z.describe('Records in the cache when the plan was made.')),
    sample: z.array(z.string()).check(z.describe('Ids of some of the records.')),
    createdAt: instant,
    expiresAt: instant.check(z.describe('From then on it can no longer be applied.')),
    decidedAt: maybeInstant,
    run: z.nullable(z.string()).check(z.describe('The run that found it; once approved, the one that carries it out.')),
  })
  .register(z.globalRegistry, { id: 'Plan', examples: [planExample] });

export const planList = z.object({ plans: z.array(plan) }).register(z.globalRegistry, {
  id: 'PlanList',
  description: 'Newest first. Decided plans are kept for 90 days.',
  examples: [{ plans: [planExample] }],
});

export const planDecided = z
  .object({
    plan,
    run: z.nullable(z.string()).check(z.describe('Carries the deletion out: follow it with GET /v1/runs/{run}.')),
  })
  .register(z.globalRegistry, {
    id: 'PlanDecided',
    examples: [{ plan: { ...planExample, state: 'discarded', decidedAt: '2026-11-21T09:00:00.000Z' }, run: null }],
  });

export type PlanView = z.infer<typeof plan>;
export type PlanListView = z.infer<typeof planList>;
export type PlanDecidedView = z.infer<typeof planDecided>;
