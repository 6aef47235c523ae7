import { locatorKey } from '../../../lib/domain/cache-layout.ts';
import type { Library } from '../library/library.ts';
import { LIBRARY, type SystemState } from './state.ts';

/**
 * Records about which the cache was made to forget something, or which the source kept to itself while it was asked:
 * until they are whole again nothing is promised about them but that an audit finds them.
 */
export class Losses {
  readonly #library: Library;
  readonly #state: SystemState;
  readonly #lost = new Set<string>();
  readonly #wished = new Set<string>();

  constructor(library: Library, state: SystemState) {
    this.#library = library;
    this.#state = state;
  }

  add(shelf: string, id: string): void {
    this.#lost.add(`${shelf}/${id}`);
  }

  /** Somebody wished it away, or back: when it goes and when it comes, a person decides. */
  addWished(id: string): void {
    this.#wished.add(id);
  }

  /** Wherever the record is, or is cached. */
  addEverywhere(id: string): void {
    for (const shelf of this.#library.shelves) {
      if (this.#library.history.current(id)?.shelf === shelf || this.#state.cached(shelf).has(id)) this.add(shelf, id);
    }
  }

  /** Everything of a shelf: what is cached, and what the source has. */
  addShelf(shelf: string): void {
    for (const id of this.#state.cached(shelf).keys()) this.add(shelf, id);
    for (const version of this.#library.books()) if (version.shelf === shelf) this.add(shelf, version.id);
  }

  has(shelf: string, id: string): boolean {
    if (this.#wished.has(id)) return true;
    const name = `${shelf}/${id}`;
    if (!this.#lost.has(name)) return false;
    if (!this.#isWhole(shelf, id)) return true;
    this.#lost.delete(name);
    return false;
  }

  /** Forgets every loss: an audit was to have found them. */
  clear(): void {
    this.#lost.clear();
  }

  #isWhole(shelf: string, id: string): boolean {
    const truth = this.#library.history.current(id);
    const body = this.#state.cached(shelf).get(id);
    if (truth?.shelf !== shelf) return body === undefined && !this.#state.stamps(shelf).has(id);
    if (body === undefined || !this.#state.holds(truth) || !this.#state.stamps(shelf).has(id)) return false;
    return this.#state.keys.text(locatorKey(LIBRARY.connection, LIBRARY.stream, id)) !== undefined;
  }
}
