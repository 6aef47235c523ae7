import type { Instant } from '../../domain/instant.ts';
import type { SearchPosition } from './search-position.ts';

/** What one page of a search has shown. */
export interface SearchedPage {
  /** The vendor's token for the next page; absent on the last. */
  readonly token?: string;
  /** How many records the vendor counts in the window now. */
  readonly counted?: number;
  /** When its records were updated, epoch seconds. */
  readonly updated: readonly number[];
  readonly servedAt: Instant;
}

export interface WalkRules {
  /** Whether pages are sorted by update time. */
  readonly sorted: boolean;
  readonly paging: 'tokens' | 'keyset';
}

/**
 * An index lags, and a record may be shown with a newer update time than it is sorted by. Only of update times longer ago
 * than this the order can be relied on; what is younger is read again by the next delta's overlap.
 */
const SETTLED_SECONDS = 300;
/** A `Date` is cut to the second, and so is an update time: a bound this much above it leaves nothing out. */
const BOUND_AHEAD_SECONDS = 2;

/**
 * The beginning of a search for what was updated since, or for everything. One that is sorted by update time is bounded
 * above by the source's now: what is updated meanwhile then leaves it, and does not move within it. One that is not sorted
 * stays open, so that nothing leaves it at all.
 */
export function beginSearch(since: Instant | undefined, sourceNow: Instant, rules: WalkRules): SearchPosition {
  const complete = since === undefined;
  const from = complete ? {} : { from: Math.max(0, Math.floor(since / 1_000)) };
  if (!rules.sorted) return { ...from, paging: 'tokens', after: 'nothing', complete };
  // A delta is short: that it needs a call more in a hundred is a fair price for relying on no page token.
  const paging = complete ? rules.paging : 'keyset';
  const after = complete && paging === 'keyset' ? 'what-left' : 'nothing';
  return { ...from, ...boundAbove(since, sourceNow), paging, after, complete };
}

/** Where a search goes on after a page; `undefined` after the last one. */
export function advance(
  position: SearchPosition,
  page: SearchedPage,
  circumstances: { readonly isFirst: boolean; readonly sourceNow: Instant; readonly rules: WalkRules },
): SearchPosition | undefined {
  const { rules, sourceNow } = circumstances;
  const isCounted = position.token !== undefined && position.counted !== undefined && page.counted !== undefined;
  const hasChanged = isCounted && page.counted !== position.counted;
  const isCutShort = circumstances.isFirst && position.before !== undefined && page.servedAt >= position.before * 1_000;
  const left = position.after === 'nothing' && (isCutShort || (hasChanged && position.complete));
  const total = position.total ?? page.counted;
  const onward = {
    ...position,
    ...(total === undefined ? {} : { total }),
    ...(left ? { after: 'what-left' as const } : {}),
  };
  // Where page tokens count rows, one that has left shifts those behind it past the next page.
  const isShifted = hasChanged && (position.paging === 'tokens' || position.until !== undefined);
  if (rules.sorted && isShifted && position.reached !== undefined) {
    return fromSecond({ ...onward, paging: 'keyset' }, position.reached);
  }
  if (page.token === undefined)
    return position.until === undefined ? afterWindow(onward, sourceNow) : afterSecond(onward);
  const reached = rules.sorted ? (reachedBy(position, page) ?? position.reached) : undefined;
  if (position.paging === 'keyset' && position.until === undefined && reached !== undefined) {
    if (reached > (position.from ?? -1)) return fromSecond(onward, reached);
    if (page.updated.every((second) => second === reached)) return ofOneSecond(onward, reached);
  }
  return {
    ...onward,
    token: page.token,
    ...(reached === undefined ? {} : { reached }),
    ...(page.counted === undefined ? {} : { counted: page.counted }),
  };
}

/** Where a search goes on whose page token is no longer good; `undefined` when only beginning anew helps. */
export function resumeWithoutToken(position: SearchPosition): SearchPosition | undefined {
  const { reached } = position;
  return reached !== undefined && reached > (position.from ?? -1) ? fromSecond(position, reached) : undefined;
}

/** From this second on, which is read again: more than one record may have been updated in it. */
function fromSecond(position: SearchPosition, second: number): SearchPosition {
  const { token: _token, counted: _counted, ...rest } = position;
  return { ...rest, from: second, reached: second };
}

/**
 * More records were updated in this second than a page holds, so only page tokens lead through them: in a window of their
 * own, where a count that changes tells of nothing else.
 */
function ofOneSecond(position: SearchPosition, second: number): SearchPosition {
  const { before } = position;
  return { ...fromSecond(position, second), before: second + 1, ...(before === undefined ? {} : { until: before }) };
}

function afterSecond({ before, until, ...position }: SearchPosition): SearchPosition {
  const { token: _token, counted: _counted, ...rest } = position;
  return {
    ...rest,
    ...(before === undefined ? {} : { from: before }),
    ...(until === undefined ? {} : { before: until }),
  };
}

/** What was updated while the window was read, where that is wanted. */
function afterWindow({ before, after, total }: SearchPosition, sourceNow: Instant): SearchPosition | undefined {
  if (after !== 'what-left' || before === undefined) return undefined;
  const bound = Math.floor(sourceNow / 1_000) + BOUND_AHEAD_SECONDS;
  return {
    from: before,
    ...(bound > before ? { before: bound } : {}),
    ...(total === undefined ? {} : { total }),
    paging: 'tokens',
    after: 'end',
    complete: false,
  };
}

/**
 * The latest second, of those long enough ago, that the page has come to. None where they do not come oldest first: all
 * that is older than the latest may be still to come.
 */
function reachedBy({ before }: SearchPosition, page: SearchedPage): number | undefined {
  if (before === undefined) return undefined;
  const settled = page.updated.filter((second) => second < before - SETTLED_SECONDS);
  return settled.every((second, index) => second >= (settled[index - 1] ?? 0)) ? settled.at(-1) : undefined;
}

function boundAbove(since: Instant | undefined, sourceNow: Instant): { readonly before?: number } {
  const before = Math.floor(sourceNow / 1_000) + BOUND_AHEAD_SECONDS;
  // A source whose clock was set back would have the window end before it begins.
  return before > (since ?? 0) / 1_000 ? { before } : {};
}
