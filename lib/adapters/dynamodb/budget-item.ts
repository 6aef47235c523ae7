import type { BreakerState } from '../../domain/breaker.ts';
import type { BudgetState } from '../../domain/budget.ts';
import { callsOfMinute, NO_RECENT_CALLS, type RecentCalls } from '../../domain/call-rate.ts';
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
 * The budget item, version 2; at most 1 KB, because every source call writes it:
 *
 * v version · c calls · rc recent calls: newest slot, colon, counts from there back · dy, du, dh day, its use, and how much of that webhooks caused · uw calls
 * under way: holder → instant · pu, pr pause: until, reason · bk breaker {f failures, c scopes, o openings, s since, r retry at, p
 * probe's order, u its end, w others until} · ct token of the last write
 *
 * Version 1 had, instead of rc: mi, mu minute and its use.
 */
export const BUDGET_ITEM_VERSION = 2;

const RECENT = /^(\d{1,12}):((?:\d{1,6},?){0,40})$/;

const PAUSE_REASONS = ['rate-limited', 'quota-spent'] as const satisfies readonly BudgetState['pauseReason'][];

export function readBudget(item: Item): BudgetState {
  const pausedUntil = readInstant(item, 'pu');
  const pauseReason = readOneOf(item, 'pr', PAUSE_REASONS);
  const breaker = readBreaker(item);
  const dayHinted = readNumber(item, 'dh');
  return {
    calls: readNumber(item, 'c') ?? 0,
    recent: readRecent(item),
    day: readText(item, 'dy') ?? '',
    dayUsed: readNumber(item, 'du') ?? 0,
    ...(dayHinted !== undefined && { dayHinted }),
    underWay: readUnderWay(item),
    ...(pausedUntil !== undefined && { pausedUntil }),
    ...(pauseReason !== undefined && { pauseReason }),
    ...(breaker !== undefined && { breaker }),
  };
}

function readRecent(item: Item): RecentCalls {
  const [, slot, counts] = RECENT.exec(readText(item, 'rc') ?? '') ?? [];
  if (slot !== undefined) return { slot: Number(slot), counts: counts ? counts.split(',').map(Number) : [] };
  const minute = readNumber(item, 'mi');
  return minute === undefined ? NO_RECENT_CALLS : callsOfMinute(minute, readNumber(item, 'mu') ?? 0);
}

function readBreaker(item: Item): BreakerState | undefined {
  const stored = readMap(item, 'bk');
  if (stored === undefined) return undefined;
  const since = readInstant(stored, 's');
  const scopes = readText(stored, 'c')?.split(',') ?? [];
  const retryAt = readInstant(stored, 'r');
  const order = readNumber(stored, 'p');
  const until = readInstant(stored, 'u');
  const othersUntil = readInstant(stored, 'w');
  return {
    failures: readNumber(stored, 'f') ?? 0,
    openings: readNumber(stored, 'o') ?? 0,
    ...(scopes.length > 0 && { scopes }),
    ...(since !== undefined && { since }),
    ...(retryAt !== undefined && { retryAt }),
    ...(order !== undefined && until !== undefined && { probe: { order, until } }),
    ...(othersUntil !== undefined && { othersUntil }),
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
    rc: text(`${state.recent.slot}:${state.recent.counts.join(',')}`),
    dy: text(state.day),
    du: number(state.dayUsed),
    dh: optional(state.dayHinted, number),
    uw: map(Object.fromEntries(underWay)),
    pu: optional(state.pausedUntil, number),
    pr: optional(state.pauseReason, text),
    bk: optional(state.breaker, encodeBreaker),
  });
}

function encodeBreaker({ failures, scopes = [], openings, since, retryAt, probe, othersUntil }: BreakerState) {
  return map(
    compact({
      f: number(failures),
      c: scopes.length > 0 ? text(scopes.join(',')) : undefined,
      o: number(openings),
      s: optional(since, number),
      r: optional(retryAt, number),
      p: optional(probe?.order, number),
      u: optional(probe?.until, number),
      w: optional(othersUntil, number),
    }),
  );
}
