import type { SeededRandom } from '../seeded-random.ts';
import type { Place } from './rows.ts';

export interface PageState {
  /** The query the token belongs to: it is good for no other. */
  readonly query: string;
  readonly after: Place;
  readonly skipped: number;
}

const REMEMBERED = 5_000;

/** The tokens that searches hand out. One can be used again until it expires. */
export class PageTokens {
  readonly #random: SeededRandom;
  readonly #issued = new Map<string, { readonly state: PageState; readonly at: number }>();

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  issue(state: PageState, trueMs: number): string {
    const token = `${this.#random.hex(64)}==`;
    this.#issued.set(token, { state, at: trueMs });
    const [oldest] = this.#issued.keys();
    if (this.#issued.size > REMEMBERED && oldest !== undefined) this.#issued.delete(oldest);
    return token;
  }

  find(token: string, query: string, trueMs: number, lifetimeMs: number): PageState | undefined {
    const issued = this.#issued.get(token);
    return issued !== undefined && issued.state.query === query && trueMs < issued.at + lifetimeMs
      ? issued.state
      : undefined;
  }

  expireAll(): void {
    this.#issued.clear();
  }
}
