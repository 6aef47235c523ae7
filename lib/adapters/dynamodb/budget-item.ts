import type { BudgetState } from '../../domain/budget.ts';
import type { Instant } from '../../domain/instant.ts';
import {
  compact,
  type Item,
  map,
  number,
  optional,
  readInstant,
  readMap,
  readNumber,
  readOneOf,
  readText,
  text,
} from './attributes.ts';

/**
 * The budget item, version 1; at most 1 KB, because every source call writes it:
 *
 * v version · c calls · mi, mu minute and its use · dy, du day and its use · uw calls under way: holder → instant ·
 * pu, pr pause: until, reason · ct token of the last write
 */
export const BUDGET_ITEM_VERSION = 1;

const PAUSE_REASONS = ['rate-limited', 'quota-spent'] as const satisfies readonly BudgetState['pauseReason'][];

export function readBudget(item: Item): BudgetState {
  const pausedUntil = readInstant(item, 'pu');
  const pauseReason = readOneOf(item, 'pr', PAUSE_REASONS);
  return {
    calls: readNumber(item, 'c') ?? 0,
    minute: readNumber(item, 'mi') ?? 0,
    minuteUsed: readNumber(item, 'mu') ?? 0,
    day: readText(item, 'dy') ?? '',
    dayUsed: readNumber(item, 'du') ?? 0,
    underWay: readUnderWay(item),
    ...(pausedUntil !== undefined && { pausedUntil }),
    ...(pauseReason !== undefined && { pauseReason }),
  };
}

function readUnderWay(item: Item): Readonly<Record<string, Instant>> {
  const stored = readMap(item, 'uw') ?? {};
  const entries = Object.keys(stored).flatMap((holder) => {
    const until = readInstant(stored, holder);
    return until === undefined ? [] : [[holder, until] as const];
  });
  return Object.fromEntries(entries);
}

export function encodeBudget(state: BudgetState): Item {
  const underWay = Object.entries(state.underWay).map(([holder, until]) => [holder, number(until)]);
  return compact({
    c: number(state.calls),
    mi: number(state.minute),
    mu: number(state.minuteUsed),
    dy: text(state.day),
    du: number(state.dayUsed),
    uw: map(Object.fromEntries(underWay)),
    pu: optional(state.pausedUntil, number),
    pr: optional(state.pauseReason, text),
  });
}
