import type { Timeline } from './engine/timeline.ts';
import { type Change, SHELVES, type SourceHappening } from './history.ts';
import type { Version } from './library/book-history.ts';
import type { Library } from './library/library.ts';
import type { LibraryServer } from './library/library-server.ts';

const SMALLEST_TO_DELETE_FROM = 6;
const LONG_AGO_MS = 86_400_000;
/** With the longest lag, less than the overlap. */
const SMALL_JUMP_MS = 100_000;

export interface SourceWorld {
  readonly library: Library;
  readonly server: LibraryServer;
  readonly timeline: Timeline;
  /** Told when books have just been hidden. */
  readonly hiding: () => void;
  /** Told of a change that no query by time will show. */
  readonly changed: (version: Version) => void;
}

/** Makes what happens at the source happen. */
export class SourceSteps {
  readonly #world: SourceWorld;
  readonly #whilePaging: { readonly change: Change; passing: number }[] = [];
  readonly #deletedFrom = new Map<string, number>();

  constructor(world: SourceWorld) {
    this.#world = world;
    world.server.beforePage = () => this.#page();
  }

  /** What the source holds in the beginning; some shelves are empty. */
  fill(books: number): void {
    const { library } = this.#world;
    for (const shelf of SHELVES) library.shelves.add(shelf);
    for (let book = 0; book < books; book += 1) {
      library.insert(SHELVES[(book * book) % SHELVES.length] ?? 'a', LONG_AGO_MS + book * 1_000);
    }
  }

  /** Faults stop; what has happened has happened. */
  quieten(): void {
    const { server, library } = this.#world;
    server.wrong.splice(0);
    server.downUntilMs = 0;
    server.beforePage = () => {};
    library.hidden = 'nothing';
  }

  take(step: SourceHappening): void {
    const { library, server, timeline } = this.#world;
    switch (step.kind) {
      case 'change':
        for (let time = 0; time < step.times; time += 1) this.#change(step.change, time);
        break;
      case 'change-while-paging':
        this.#whilePaging.push({ change: step.change, passing: step.passing });
        break;
      case 'flaw': {
        const book = pickOf(library.books(), step.pick);
        if (book !== undefined) library.edit(book, step.flaw);
        break;
      }
      case 'mend':
        for (const book of library.books()) if (book.flaw !== undefined) this.#mend(book, step.touched);
        break;
      case 'answers':
        for (let time = 0; time < step.times; time += 1) server.wrong.push(step.wrong);
        break;
      case 'source-down':
        server.downUntilMs = timeline.nowMs + step.forMs;
        break;
      case 'hidden':
        this.#hide(step.shelf, step.forMs);
        break;
      case 'source-clock':
        this.#setClock(step.byMs);
        break;
      case 'lag':
        library.lagMs = step.lagMs;
        break;
      case 'cursors-expire':
        server.expireCursors();
    }
  }

  #change(change: Change, time: number): void {
    const made = this.#make(change, time);
    // What changes while it cannot be seen is noticed by no query by time afterwards.
    if (made !== undefined && this.#world.library.isHidden(made)) this.#world.changed(made);
  }

  #make(change: Change, time: number): Version | undefined {
    const { library } = this.#world;
    if (change.change === 'insert') return library.insert(change.shelf);
    const books = library.books();
    const book = books[(Math.floor(change.pick * books.length) + time) % books.length];
    if (book === undefined) return undefined;
    if (change.change === 'edit') return library.edit(book);
    if (change.change === 'move') return library.move(book, change.shelf);
    return this.#world.server.announces ? library.remove(book) : this.#delete(book, books);
  }

  /** So few that the brake lets most of them pass. @returns nothing: no query shows it */
  #delete(book: Version, books: readonly Version[]): undefined {
    const shelf = book.shelf ?? '';
    const deleted = this.#deletedFrom.get(shelf) ?? 0;
    if (books.filter((other) => other.shelf === shelf).length < SMALLEST_TO_DELETE_FROM + deleted) return;
    this.#deletedFrom.set(shelf, deleted + 1);
    this.#world.library.remove(book);
  }

  #mend(book: Version, touched: boolean): void {
    const { library, changed } = this.#world;
    if (touched) library.edit(book);
    else changed(library.mend(book));
  }

  #page(): void {
    const [next] = this.#whilePaging;
    if (next === undefined) return;
    if (next.passing > 0) {
      next.passing -= 1;
      return;
    }
    this.#whilePaging.shift();
    this.#change(next.change, 0);
  }

  /** What no query sees yet must not be left behind by more than the overlap. */
  #setClock(byMs: number): void {
    const { library, timeline } = this.#world;
    const invisible = library.books().some(({ visibleAtMs }) => visibleAtMs > timeline.nowMs);
    library.skewMs += library.lagMs > 0 || invisible ? Math.min(byMs, SMALL_JUMP_MS) : byMs;
  }

  #hide(shelf: string | undefined, forMs: number): void {
    const { library, timeline, hiding } = this.#world;
    library.hidden = shelf === undefined ? 'everything' : { shelf };
    hiding();
    timeline.after(forMs, () => {
      library.hidden = 'nothing';
    });
  }
}

/** The element of a list that a number in [0, 1) picks. */
export function pickOf<T>(list: readonly T[], pick: number): T | undefined {
  return list[Math.floor(pick * list.length)];
}
