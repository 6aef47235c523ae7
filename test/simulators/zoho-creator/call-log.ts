import { type Instant, toIso } from '../../../lib/domain/instant.ts';
import type { Answer } from './answer.ts';

export type CallKind = 'token' | 'registrations' | 'events' | 'other';

/** One call as the server saw it. Holds no token, no secret, no record value. */
export interface LoggedCall {
  /** True clock, ISO-8601 UTC. */
  readonly at: string;
  readonly kind: CallKind;
  readonly method: string;
  readonly path: string;
  /** The query parameters of a records call. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly withCursor: boolean;
  /** The fault that hit it. */
  readonly fault: string | null;
  /** `null` when nothing was sent. */
  readonly status: number | null;
  readonly code: number | null;
  readonly records: number | null;
}

export interface CallCounters {
  readonly token: number;
  readonly registrations: number;
  readonly events: number;
  readonly other: number;
}

const KEPT = 500;
const NONE: CallCounters = { token: 0, registrations: 0, events: 0, other: 0 };

export interface CallFacts {
  readonly at: Instant;
  readonly kind: CallKind;
  readonly method: string;
  readonly url: URL;
  readonly withCursor: boolean;
  readonly fault: string | undefined;
  readonly answer: Answer | undefined;
}

/** Counts every call on arrival and remembers the last ones when they have been answered. */
export class CallLog {
  #counters = NONE;
  #calls: readonly LoggedCall[] = [];

  get counters(): CallCounters {
    return this.#counters;
  }

  /** The last calls, oldest first. */
  get calls(): readonly LoggedCall[] {
    return this.#calls;
  }

  count(kind: CallKind): void {
    this.#counters = { ...this.#counters, [kind]: this.#counters[kind] + 1 };
  }

  record({ at, kind, method, url, withCursor, fault, answer }: CallFacts): void {
    const call: LoggedCall = {
      at: toIso(at),
      kind,
      method,
      path: url.pathname,
      parameters: kind === 'token' ? {} : Object.fromEntries(url.searchParams),
      withCursor,
      fault: fault ?? null,
      status: answer?.status ?? null,
      code: answer?.code ?? null,
      records: answer?.records ?? null,
    };
    this.#calls = [...this.#calls, call].slice(-KEPT);
  }

  reset(): void {
    this.#counters = NONE;
    this.#calls = [];
  }
}
