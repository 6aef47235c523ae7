import { isExclusion } from '../../../lib/domain/exclusion.ts';
import type { Library } from '../library/library.ts';
import type { SystemState } from './state.ts';
import type { Verdicts } from './verdicts.ts';

/** What a person wants of a record in the end. */
export type Wish = 'exclude' | 'include';

interface Asked {
  readonly wish: Wish;
  readonly unanswered: number;
  /** Whether another wish was under way: which of them was heard first, nobody knows. */
  readonly overlapping: boolean;
}

const NOBODY = { unanswered: 0 } as const;

/** What somebody excluded, once every shelf has let go of it, never comes back before somebody includes it. */
export class ExclusionMonitor {
  readonly #library: Library;
  readonly #state: SystemState;
  readonly #verdicts: Verdicts;
  readonly #mayWait: boolean;
  readonly #wishes = new Map<string, Asked>();
  /** Excluded records of which a shelf has heard. */
  readonly #told = new Set<string>();
  readonly #gone = new Set<string>();
  readonly #spoiled = new Set<string>();

  /** @param mayWait whether a shelf that nobody can read may wait for ever with what it is to let go of */
  constructor(library: Library, state: SystemState, verdicts: Verdicts, mayWait: boolean) {
    this.#library = library;
    this.#state = state;
    this.#verdicts = verdicts;
    this.#mayWait = mayWait;
  }

  /** Records about which somebody asked. */
  get asked(): readonly string[] {
    return [...this.#wishes.keys()];
  }

  /** The last wish for each record of which nobody was told that it is granted, or that may have been forgotten since. */
  get open(): ReadonlyMap<string, Wish> {
    const open = [...this.#wishes].filter(
      ([id, { unanswered, overlapping }]) => unanswered > 0 || overlapping || this.#mayWait || this.#spoiled.has(id),
    );
    return new Map(open.map(([id, { wish }]) => [id, wish]));
  }

  wished(id: string, wish: Wish): void {
    const { unanswered } = this.#wishes.get(id) ?? NOBODY;
    this.#wishes.set(id, { wish, unanswered: unanswered + 1, overlapping: unanswered > 0 });
  }

  answered(id: string): void {
    const asked = this.#wishes.get(id);
    if (asked !== undefined) this.#wishes.set(id, { ...asked, unanswered: asked.unanswered - 1 });
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

  /** The cache was put back to what it was, and may have what was excluded since: people look, and ask again. */
  restored(): void {
    for (const id of this.#state.excluded().keys()) this.#spoiled.add(id);
    this.#told.clear();
    this.#gone.clear();
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
