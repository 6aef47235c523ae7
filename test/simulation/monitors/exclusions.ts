import { isExclusion } from '../../../lib/domain/exclusion.ts';
import type { Library } from '../library/library.ts';
import type { SystemState } from './state.ts';
import type { Verdicts } from './verdicts.ts';

/** What a person wants of a record in the end. */
export type Wish = 'exclude' | 'include';

/** What somebody excluded, once every shelf has let go of it, never comes back before somebody includes it. */
export class ExclusionMonitor {
  readonly #library: Library;
  readonly #state: SystemState;
  readonly #verdicts: Verdicts;
  readonly #wishes = new Map<string, Wish>();
  /** Excluded records of which a shelf has heard. */
  readonly #told = new Set<string>();
  readonly #gone = new Set<string>();

  constructor(library: Library, state: SystemState, verdicts: Verdicts) {
    this.#library = library;
    this.#state = state;
    this.#verdicts = verdicts;
  }

  /** The last wish for each record. */
  get wishes(): ReadonlyMap<string, Wish> {
    return this.#wishes;
  }

  wished(id: string, wish: Wish): void {
    this.#wishes.set(id, wish);
  }

  check(): void {
    const excluded = this.#state.excluded();
    for (const id of this.#told) if (!excluded.has(id)) this.forget(id);
    for (const id of excluded.keys()) {
      const shelf = this.#shelfWith(id);
      const leaves = this.#isToLeave(id);
      if (leaves) this.#told.add(id);
      if (shelf === undefined && !leaves && this.#told.has(id)) this.#gone.add(id);
      if (shelf !== undefined && this.#gone.has(id)) {
        this.#verdicts.report('exclusion', `${shelf}/${id} is back, though nobody has included it`);
      }
    }
  }

  /** The cache changed without the system: what is there again is to go again. */
  begin(): void {
    for (const id of this.#gone) if (this.#shelfWith(id) !== undefined) this.forget(id);
  }

  /** The cache does not know any more that it was excluded. */
  forget(id: string): void {
    this.#told.delete(id);
    this.#gone.delete(id);
  }

  #shelfWith(id: string): string | undefined {
    return [...this.#library.shelves].find((shelf) => this.#state.cached(shelf).has(id));
  }

  #isToLeave(id: string): boolean {
    return this.#state.partitions().some(({ pending }) => isExclusion(pending.moved[id] ?? ''));
  }
}
