import { locatorKey } from '../../lib/domain/cache-layout.ts';
import { requestPartitionSync, requestStreamSync } from '../../lib/sync/request-sync.ts';
import { setPause } from '../../lib/sync/set-pause.ts';
import { type Change, type Happening, SHELVES } from './history.ts';
import { copyKeys, type KeysCopy, restoreKeys } from './key-copies.ts';
import type { Version } from './library/book-history.ts';
import { LIBRARY } from './monitors/state.ts';
import type { Simulation } from './simulation.ts';

const SMALLEST_TO_DELETE_FROM = 6;
const LONG_AGO_MS = 86_400_000;
/** With the longest lag, less than the overlap. */
const SMALL_JUMP_MS = 100_000;

/** Makes steps of a history happen to a simulation. */
export class Steps {
  readonly #simulation: Simulation;
  #backup: KeysCopy | undefined;
  readonly #whilePaging: { readonly change: Change; passing: number }[] = [];
  readonly #deletedFrom = new Map<string, number>();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    simulation.server.beforePage = () => this.#page();
  }

  /** What the source holds when the system is first switched on. */
  fill(): void {
    const { library, setting } = this.#simulation;
    for (const shelf of SHELVES) library.shelves.add(shelf);
    for (let book = 0; book < setting.books; book += 1) {
      library.insert(SHELVES[(book * book) % SHELVES.length] ?? 'a', LONG_AGO_MS + book * 1_000);
    }
  }

  take(step: Happening): void {
    const { library, server, queues, faults, timeline } = this.#simulation;
    switch (step.kind) {
      case 'schedule':
        return this.#simulation.plan(step.job);
      case 'change':
        for (let time = 0; time < step.times; time += 1) this.#change(step.change, time);
        return;
      case 'change-while-paging':
        this.#whilePaging.push({ change: step.change, passing: step.passing });
        return;
      case 'flaw': {
        const book = pickOf(library.books(), step.pick);
        if (book !== undefined) library.edit(book, step.flaw);
        return;
      }
      case 'mend':
        for (const book of library.books()) if (book.flaw !== undefined) this.#mend(book, step.touched);
        return;
      case 'answers':
        for (let time = 0; time < step.times; time += 1) server.wrong.push(step.wrong);
        return;
      case 'source-down':
        server.downUntilMs = timeline.nowMs + step.forMs;
        return;
      case 'hidden':
        return this.#hide(step.shelf, step.forMs);
      case 'source-clock':
        return this.#setClock(step.byMs);
      case 'lag':
        library.lagMs = step.lagMs;
        return;
      case 'cursors-expire':
        return server.expireCursors();
      case 'port':
        return faults.arm(step.fault);
      case 'message':
        return queues.arm(step.fault);
      case 'redrive':
        return queues.redrive();
      case 'force':
      case 'force-stream':
      case 'paused':
        return this.#ask(step);
      default:
        return this.#spoilCache(step);
    }
  }

  #change(change: Change, time: number): void {
    const { library, losses } = this.#simulation;
    const made = this.#make(change, time);
    // What changes while it cannot be seen is noticed by no query by time afterwards.
    if (made?.shelf !== undefined && library.isHidden(made)) losses.addEverywhere(made.id);
  }

  #make(change: Change, time: number): Version | undefined {
    const { library } = this.#simulation;
    if (change.change === 'insert') return library.insert(change.shelf);
    const books = library.books();
    const book = books[(Math.floor(change.pick * books.length) + time) % books.length];
    if (book === undefined) return undefined;
    if (change.change === 'edit') return library.edit(book);
    if (change.change === 'move') return library.move(book, change.shelf);
    return this.#delete(book, books);
  }

  /** So few that the brake lets them pass. */
  #delete(book: Version, books: readonly Version[]): undefined {
    const shelf = book.shelf ?? '';
    const deleted = this.#deletedFrom.get(shelf) ?? 0;
    if (books.filter((other) => other.shelf === shelf).length < SMALLEST_TO_DELETE_FROM + deleted) return;
    this.#deletedFrom.set(shelf, deleted + 1);
    this.#simulation.library.remove(book);
  }

  #mend(book: Version, touched: boolean): void {
    const { library, losses } = this.#simulation;
    if (touched) library.edit(book);
    else {
      library.mend(book);
      losses.addEverywhere(book.id);
    }
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
    const { library, timeline } = this.#simulation;
    const invisible = library.books().some(({ visibleAtMs }) => visibleAtMs > timeline.nowMs);
    library.skewMs += library.lagMs > 0 || invisible ? Math.min(byMs, SMALL_JUMP_MS) : byMs;
  }

  #hide(shelf: string | undefined, forMs: number): void {
    const { library, losses, timeline, state } = this.#simulation;
    library.hidden = shelf === undefined ? 'everything' : { shelf };
    for (const book of library.books()) {
      if (!library.isHidden(book) || book.shelf === undefined) continue;
      const elsewhere = [...library.shelves].some((other) => other !== book.shelf && state.cached(other).has(book.id));
      if (elsewhere || state.cached(book.shelf).get(book.id) !== book.body) losses.addEverywhere(book.id);
    }
    timeline.after(forMs, () => {
      library.hidden = 'nothing';
    });
  }

  #ask(step: Extract<Happening, { readonly kind: 'force' | 'force-stream' | 'paused' }>): void {
    const simulation = this.#simulation;
    simulation.ask(step.kind, async (ports, connection) => {
      const [stream] = connection.streams;
      if (stream === undefined) return;
      const target = { connection, stream };
      if (step.kind === 'force') return requestPartitionSync(ports, target, step.shelf, step.mode);
      if (step.kind === 'force-stream') return requestStreamSync(ports, [target], step.mode);
      return setPause(ports, [LIBRARY], true);
    });
    if (step.kind !== 'paused') return;
    simulation.timeline.after(step.forMs, () =>
      simulation.ask('resumed', (ports) => setPause(ports, [LIBRARY], false)),
    );
  }

  #spoilCache(
    step: Extract<
      Happening,
      {
        readonly kind: 'cache-flush' | 'cache-backup' | 'cache-restore' | 'cache-evicts-key' | 'cache-evicts-field';
      }
    >,
  ): void {
    const { cache, library, losses, readers, state, watermarks } = this.#simulation;
    const { keys } = cache;
    if (step.kind === 'cache-backup') {
      this.#backup = copyKeys(keys);
      return;
    }
    if (step.kind === 'cache-restore' && this.#backup === undefined) return;
    if (step.kind === 'cache-evicts-field') {
      const cached = [...library.shelves].flatMap((shelf) =>
        [...state.cached(shelf).keys()].map((id) => ({ shelf, id })),
      );
      const book = pickOf(cached, step.pick);
      if (book === undefined) return;
      losses.add(book.shelf, book.id);
      keys.dropField(`cache:shelf:${book.shelf}:books`, book.id);
    } else if (step.kind === 'cache-evicts-key') this.#evict(pickOf(keys.names(), step.pick) ?? '');
    else {
      for (const shelf of library.shelves) losses.addShelf(shelf);
      keys.flush();
      if (step.kind === 'cache-restore' && this.#backup !== undefined) restoreKeys(keys, this.#backup);
      for (const shelf of library.shelves) losses.addShelf(shelf);
    }
    cache.forgetFences();
    readers.begin();
    watermarks.begin();
  }

  #evict(key: string): void {
    const { cache, library, losses } = this.#simulation;
    for (const shelf of library.shelves) {
      const isOf = [`cache:shelf:${shelf}:books`, `tidemark:stamps:library:books:${shelf}`].includes(key);
      const located = library.books().some(({ id }) => key === locatorKey(LIBRARY.connection, LIBRARY.stream, id));
      if (isOf) losses.addShelf(shelf);
      if (located) losses.add(shelf, key.split(':').at(-1) ?? '');
    }
    cache.keys.drop(key);
  }
}

function pickOf<T>(list: readonly T[], pick: number): T | undefined {
  return list[Math.floor(pick * list.length)];
}
