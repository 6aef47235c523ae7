import { hash } from 'node:crypto';
import { type Instant, plusMs } from './instant.ts';

/** A connection's circuit breaker as all Lambdas share it; absent while the last call was answered. */
export interface BreakerState {
  /** Calls in a row that the source did not answer; those about one partition count once. */
  readonly failures: number;
  /** Short hashes of the partitions whose failure is counted: one that always fails must not stop the others (I7). */
  readonly scopes?: readonly string[];
  /** How often in a row it has opened: each time for twice as long. */
  readonly openings: number;
  /** Since when it is not closed. */
  readonly since?: Instant;
  /** No call before this instant; from then on one at a time, until one is answered. */
  readonly retryAt?: Instant;
  /** The call that tries the source: its number, and when another may be made in its place. */
  readonly probe?: { readonly order: number; readonly until: Instant };
  /** Until then only others than the partitions in `scopes` may try: these have had their turn. */
  readonly othersUntil?: Instant;
}

/** A question to the source, which may take several calls. */
export interface Question {
  /** The partition that is asked about, if only one is. */
  readonly partition?: string;
  /** Number of the last call it made. */
  readonly order?: number;
  /** A person wants to know how the source answers now: let through whatever the breaker says, and never its try. */
  readonly insists?: true;
}

/** `open`: no calls. `half-open`: one call tries whether the source is back. */
export type BreakerPhase = 'closed' | 'open' | 'half-open';

/** How the calls of one question to the source ended. */
export interface CallsEnd extends Question {
  /** `failed`: no answer, or none that can be one. A refusal is an answer. */
  readonly outcome: 'answered' | 'failed';
  /** Uniform in [0, 1): how much of the wait's second half is waited. */
  readonly fraction: number;
}

/** What the end of a call did to the breaker. */
export type BreakerTurn =
  | { readonly turn: 'opened'; readonly failures: number; readonly retryAt: Instant }
  | { readonly turn: 'closed' | 'none' };

/** Failures in a row at which it opens. */
export const BREAKER_THRESHOLD = 5;

/** More partitions than this that fail in a row are no coincidence. */
const MAX_SCOPES = 8;

const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 900_000;

export function breakerPhase(breaker: BreakerState | undefined, now: Instant): BreakerPhase {
  if (breaker?.retryAt === undefined) return 'closed';
  return breaker.retryAt > now ? 'open' : 'half-open';
}

/** Before when no call of this question is let through; `undefined` when one is. */
export function heldUntil(
  breaker: BreakerState | undefined,
  now: Instant,
  { partition, order, insists }: Question = {},
): Instant | undefined {
  if (insists) return undefined;
  switch (breakerPhase(breaker, now)) {
    case 'closed':
      return undefined;
    case 'open':
      return breaker?.retryAt;
    case 'half-open': {
      const { probe, othersUntil } = breaker ?? {};
      // A question that tries the source may make all its calls.
      if (probe !== undefined && probe.order === order) return undefined;
      if (probe !== undefined && probe.until > now) return probe.until;
      return othersUntil !== undefined && othersUntil > now && isSuspect(breaker, partition) ? othersUntil : undefined;
    }
  }
}

/** Whether this partition's failure is counted already: that it fails again says nothing about the source. */
export function isSuspect(breaker: BreakerState | undefined, partition: string | undefined): boolean {
  return partition !== undefined && breaker?.scopes?.includes(shortHash(partition)) === true;
}

/** The breaker after a call was let through: half-open, that call is the one that tries. */
export function afterGrant(
  breaker: BreakerState | undefined,
  probe: { readonly order: number; readonly until: Instant },
  now: Instant,
  { insists }: Question = {},
): BreakerState | undefined {
  return !insists && breaker !== undefined && breakerPhase(breaker, now) === 'half-open'
    ? { ...breaker, probe }
    : breaker;
}

/** The breaker after a call ended; the same object when that changes nothing. */
export function afterCall(breaker: BreakerState | undefined, end: CallsEnd, now: Instant): BreakerState | undefined {
  if (end.outcome === 'answered') return undefined;
  const { failures, openings, since } = breaker ?? { failures: 0, openings: 0 };
  const scope = end.partition === undefined ? undefined : shortHash(end.partition);
  const known = isSuspect(breaker, end.partition);
  switch (breakerPhase(breaker, now)) {
    case 'closed':
      if (known) return breaker;
      return failures + 1 < BREAKER_THRESHOLD
        ? { failures: failures + 1, openings, ...scopesWith(breaker, scope) }
        : { ...opened(failures + 1, 1, now, end, now), ...scopesWith(breaker, scope) };
    case 'open':
      // A call that was under way when it opened tells nothing new.
      return breaker;
    case 'half-open':
      // While one call tries the source, only that call's end counts.
      if (heldUntil(breaker, now) !== undefined && breaker?.probe?.order !== end.order) return breaker;
      return known && breaker !== undefined
        ? tryAnother(breaker, now)
        : { ...opened(failures + 1, openings + 1, since ?? now, end, now), ...scopesWith(breaker, scope) };
  }
}

/** A partition that failed before tells nothing about the others: the next of these to come tries soon. */
function tryAnother(breaker: BreakerState, now: Instant): BreakerState {
  const { probe: _ended, ...rest } = breaker;
  return { ...rest, retryAt: plusMs(now, FIRST_WAIT_MS), othersUntil: plusMs(now, LONGEST_WAIT_MS) };
}

function scopesWith(
  breaker: BreakerState | undefined,
  scope: string | undefined,
): { readonly scopes?: readonly string[] } {
  const scopes = [...(breaker?.scopes ?? []), ...(scope === undefined ? [] : [scope])];
  return scopes.length === 0 ? {} : { scopes: [...new Set(scopes)].slice(0, MAX_SCOPES) };
}

function shortHash(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 6);
}

export function breakerTurn(before: BreakerState | undefined, after: BreakerState | undefined): BreakerTurn {
  if (after?.retryAt !== undefined && after.openings > (before?.openings ?? 0)) {
    return { turn: 'opened', failures: after.failures, retryAt: after.retryAt };
  }
  return { turn: before?.retryAt !== undefined && after === undefined ? 'closed' : 'none' };
}

/** Between half of the wait and the whole, so that connections to one vendor do not all come back at once. */
function opened(failures: number, openings: number, since: Instant, end: CallsEnd, now: Instant): BreakerState {
  const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (openings - 1));
  return { failures, openings, since, retryAt: plusMs(now, Math.ceil((waitMs * (1 + end.fraction)) / 2)) };
}
