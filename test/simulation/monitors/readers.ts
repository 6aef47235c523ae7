import { locatorKey, parseLocator } from '../../../lib/domain/cache-layout.ts';
import type { Library } from '../library/library.ts';
import type { Losses } from './losses.ts';
import { LIBRARY, type SystemState } from './state.ts';
import type { Verdicts } from './verdicts.ts';

/**
 * What readers see, looked at after every effect: I2 no regression, and no two versions of a record beside each other,
 * I6 and I9 nothing vanishes, I10 exact bytes.
 */
export class ReaderMonitor {
  readonly #library: Library;
  readonly #state: SystemState;
  readonly #losses: Losses;
  readonly #verdicts: Verdicts;
  readonly #shown = new Map<string, Map<string, string>>();
  readonly #newest = new Map<string, number>();
  /** Texts whose stamps the cache lost: they are not kept. */
  readonly #unstamped = new Set<string>();

  constructor(library: Library, state: SystemState, losses: Losses, verdicts: Verdicts) {
    this.#library = library;
    this.#state = state;
    this.#losses = losses;
    this.#verdicts = verdicts;
  }

  check(): void {
    for (const shelf of this.#library.shelves) {
      const shown = this.#shown.get(shelf) ?? new Map<string, string>();
      this.#shown.set(shelf, shown);
      const cached = this.#state.cached(shelf);
      const [doubled] = this.#state.doubled(shelf);
      if (doubled !== undefined) this.#verdicts.report('I2', `${shelf}/${doubled} is in two segments`);
      for (const [id, body] of shown) if (!cached.has(id)) this.#vanished(shelf, id, body, shown);
      for (const [id, body] of cached) if (shown.get(id) !== body) this.#appeared(shelf, id, body, shown);
    }
  }

  /** The cache changed without the system: what readers see now is where they begin again. */
  begin(): void {
    this.#newest.clear();
    for (const shelf of this.#library.shelves) {
      const [stamps, cached] = [this.#state.stamps(shelf), this.#state.cached(shelf)];
      for (const id of cached.keys()) if (!stamps.has(id)) this.#unstamped.add(`${shelf}/${id}`);
      this.#shown.set(shelf, new Map(cached));
    }
  }

  #appeared(shelf: string, id: string, body: string, shown: Map<string, string>): void {
    const isKept = this.#state.keeps && shown.has(id) && !this.#unstamped.delete(`${shelf}/${id}`);
    if (isKept && !this.#losses.has(shelf, id)) {
      this.#verdicts.report('skip-existing', `${shelf}/${id} was overwritten`);
    }
    shown.set(id, body);
    const number = this.#library.history.numberOf(id, body);
    if (number === undefined) {
      this.#verdicts.report('I10', `${shelf}/${id} is cached as a text the source never sent for it: ${body}`);
      return;
    }
    this.#rises(`${shelf}/${id}`, number, this.#losses.has(shelf, id));
    // Of a record that came back before it was let go of, the shelf has kept what it had.
    if (this.#state.keeps) return;
    const at = this.#state.keys.text(locatorKey(LIBRARY.connection, LIBRARY.stream, id));
    const located = at === undefined ? undefined : parseLocator(at);
    if (located?.partition === shelf) this.#rises(`by id/${id}`, number, this.#isLost(id));
  }

  #rises(name: string, number: number, lost: boolean): void {
    const newest = this.#newest.get(name) ?? 0;
    if (number < newest && !lost && !this.#areProvisional(name, number, newest)) {
      this.#verdicts.report('I2', `${name} shows version ${number} after readers have seen ${newest}`);
    }
    this.#newest.set(name, lost ? number : Math.max(number, newest));
  }

  /** Sources say when to the second, and calls under way at once may be served in either order. */
  #areProvisional(name: string, number: number, newest: number): boolean {
    const id = name.split('/').at(-1) ?? '';
    return this.#library.history.areProvisional(id, number, newest, this.#library.nowMs());
  }

  #isLost(id: string): boolean {
    return [...this.#library.shelves].some((shelf) => this.#losses.has(shelf, id));
  }

  #vanished(shelf: string, id: string, body: string, shown: Map<string, string>): void {
    shown.delete(id);
    const number = this.#library.history.numberOf(id, body) ?? 0;
    if (this.#losses.has(shelf, id)) return;
    const left = this.#library.history.leftWith(id, shelf, number);
    // Readers have seen it leave: what it was before that must not come back.
    if (this.#library.history.isProvisional(id, this.#library.nowMs())) return;
    if (left !== undefined) this.#rises(`${shelf}/${id}`, left, false);
    else this.#verdicts.report('I6', `${shelf}/${id} was removed, though it has been there since version ${number}`);
  }
}
