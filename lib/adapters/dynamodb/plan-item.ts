import { TABLE_KEYS } from '../../config/environment.ts';
import { type BrakeRule, type DeletionPlan, PLAN_STATES, type PlanReason } from '../../domain/deletion-plan.ts';
import { EPOCH } from '../../domain/instant.ts';
import {
  compact,
  type Item,
  list,
  number,
  optional,
  readInstant,
  readKeyOf,
  readList,
  readNumber,
  readOneOf,
  readText,
  text,
} from './attributes.ts';
import { expiry } from './expiry.ts';
import { PLAN_PREFIX } from './keys.ts';

/**
 * The plan item, version 1: v version · st stream · pa partition · re reason · ru rule · sa state · rm removals ·
 * ca cached · sm sample · at made at · ex can be approved until · da decided at · rn run · ct token of the last
 * decision · `expires_at` in epoch seconds, after which the table may delete it.
 *
 * The pointer to the plan that is held for a partition and reason, version 1: v version · pl plan · at made at ·
 * `expires_at`.
 */
export const PLAN_ITEM_VERSION = 1;

/** Days from the decision, or from when it could no longer be approved. */
export const PLAN_KEPT_DAYS = 90;

// As records, so that the compiler misses what is added to the union and not here.
const REASONS: Readonly<Record<PlanReason, true>> = {
  absent: true,
  'partition-gone': true,
  'connection-removed': true,
  'connection-disabled': true,
  'stream-disabled': true,
  'orphaned-keys': true,
};
const RULES: Readonly<Record<BrakeRule, true>> = {
  'share-of-partition': true,
  'empties-partition': true,
  'half-of-partition': true,
  'connection-day': true,
  unconfirmed: true,
  lifecycle: true,
};

/** A held plan: everything but its key. */
export function encodeHeldPlan(plan: DeletionPlan): Item {
  return compact({
    ...expiry(plan.expiresAt, PLAN_KEPT_DAYS),
    st: text(plan.stream),
    pa: text(plan.partition),
    re: text(plan.reason),
    ru: text(plan.rule),
    sa: text('held'),
    rm: number(plan.removals),
    ca: number(plan.cached),
    sm: list(plan.sample.map(text)),
    at: number(plan.createdAt),
    ex: number(plan.expiresAt),
    rn: optional(plan.run, text),
  });
}

/** What cannot be read, because a newer version wrote it, reads as what nobody may carry out. */
export function readPlan(item: Item): DeletionPlan {
  const decidedAt = readInstant(item, 'da');
  const run = readText(item, 'rn');
  return {
    connection: readText(item, TABLE_KEYS.partitionKey) ?? '',
    stream: readText(item, 'st') ?? '',
    partition: readText(item, 'pa') ?? '',
    plan: (readText(item, TABLE_KEYS.sortKey) ?? '').slice(PLAN_PREFIX.length),
    reason: readKeyOf(item, 're', REASONS) ?? 'absent',
    rule: readKeyOf(item, 'ru', RULES) ?? 'lifecycle',
    state: readOneOf(item, 'sa', PLAN_STATES) ?? 'discarded',
    removals: readNumber(item, 'rm') ?? 0,
    cached: readNumber(item, 'ca') ?? 0,
    sample: readList(item, 'sm').flatMap(({ S: id }) => (id === undefined ? [] : [id])),
    createdAt: readInstant(item, 'at') ?? EPOCH,
    expiresAt: readInstant(item, 'ex') ?? EPOCH,
    ...(decidedAt !== undefined && { decidedAt }),
    ...(run !== undefined && { run }),
  };
}
