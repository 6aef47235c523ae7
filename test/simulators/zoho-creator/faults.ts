import type { SeededRandom } from '../seeded-random.ts';
import type { CallKind } from './call-log.ts';

/** One thing that goes wrong with one call. */
export type Fault =
  /** The server answers this and does nothing else. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'code'; readonly status: number; readonly code: number; readonly retryAfter?: string }
  | { readonly kind: 'html'; readonly status: number }
  /** The connection breaks before anything is done. */
  | { readonly kind: 'reset' }
  /** No answer ever. */
  | { readonly kind: 'hang' }
  /** The call is carried out after this time, holding its place among the concurrent ones. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** The call is carried out once the faults are cleared, holding its place among the concurrent ones. */
  | { readonly kind: 'hold' }
  /** The call is carried out; half its body arrives as if it were all. */
  | { readonly kind: 'truncate' }
  /** The call is carried out; the connection breaks half-way through the body. */
  | { readonly kind: 'cut' }
  /** The call is carried out; its answer is lost. */
  | { readonly kind: 'lost-answer' }
  | { readonly kind: 'no-date' }
  /** A page without records whose cursor leads to the real page. */
  | { readonly kind: 'empty-page' }
  /** The page's cursor leads to the same page again. */
  | { readonly kind: 'repeat-cursor' }
  /** The call's cursor is answered as expired; waits for a call that has one. */
  | { readonly kind: 'expired-cursor' };

/** The faults by name, for the control's routes and for short tests. */
export const FAULTS = {
  '401-1030': { kind: 'code', status: 401, code: 1030 },
  '401-2945': { kind: 'code', status: 401, code: 2945 },
  '403-2898': { kind: 'code', status: 403, code: 2898 },
  '404-2930': { kind: 'code', status: 404, code: 2930 },
  '429-2955': { kind: 'code', status: 429, code: 2955 },
  '200-4000': { kind: 'code', status: 200, code: 4000 },
  '400-9220': { kind: 'code', status: 400, code: 9220 },
  'html-200': { kind: 'html', status: 200 },
  'html-502': { kind: 'html', status: 502 },
  '500': { kind: 'answer', status: 500, body: '' },
  '503': { kind: 'html', status: 503 },
  reset: { kind: 'reset' },
  hang: { kind: 'hang' },
  hold: { kind: 'hold' },
  truncate: { kind: 'truncate' },
  cut: { kind: 'cut' },
  'lost-answer': { kind: 'lost-answer' },
  'no-date': { kind: 'no-date' },
  'empty-page': { kind: 'empty-page' },
  'repeat-cursor': { kind: 'repeat-cursor' },
  'expired-cursor': { kind: 'expired-cursor' },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof FAULTS;

export interface FaultRule {
  /** Which calls: `records` are those of both reports. */
  readonly on: CallKind | 'records' | 'all';
  readonly fault: Fault | FaultName;
  /** How many calls to spare first. */
  readonly after?: number;
  /** How many calls to hit; without a probability 1, with one unlimited. */
  readonly times?: number;
  /** Chance of each call to be hit; 1 by default. */
  readonly probability?: number;
}

/** The armed faults. The first rule that fits a call hits it. */
export class Faults {
  readonly #random: SeededRandom;
  #armed: { readonly rule: FaultRule; toSpare: number; left: number }[] = [];
  #cleared = Promise.withResolvers<void>();

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  get rules(): readonly FaultRule[] {
    return this.#armed.map(({ rule }) => rule);
  }

  inject(rule: FaultRule): void {
    const left = rule.times ?? (rule.probability === undefined ? 1 : Number.POSITIVE_INFINITY);
    this.#armed.push({ rule, toSpare: rule.after ?? 0, left });
  }

  clear(): void {
    this.#armed = [];
    this.#cleared.resolve();
    this.#cleared = Promise.withResolvers();
  }

  /** What a call that is held waits for. */
  untilCleared(): Promise<void> {
    return this.#cleared.promise;
  }

  /** The fault that hits this call, if one does. */
  draw(kind: CallKind, hasCursor: boolean): Fault | undefined {
    for (const armed of this.#armed) {
      const fault = faultOf(armed.rule);
      if (!concerns(armed.rule, kind) || (fault.kind === 'expired-cursor' && !hasCursor)) continue;
      if (armed.toSpare > 0) {
        armed.toSpare -= 1;
        continue;
      }
      if (this.#random.fraction() >= (armed.rule.probability ?? 1)) continue;
      armed.left -= 1;
      if (armed.left <= 0) this.#armed = this.#armed.filter((other) => other !== armed);
      return fault;
    }
    return undefined;
  }
}

function faultOf({ fault }: FaultRule): Fault {
  return typeof fault === 'string' ? FAULTS[fault] : fault;
}

function concerns({ on }: FaultRule, kind: CallKind): boolean {
  return on === 'all' || on === kind || (on === 'records' && (kind === 'registrations' || kind === 'events'));
}
