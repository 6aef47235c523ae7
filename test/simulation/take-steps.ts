import { stampsKey } from '../../lib/domain/cache-layout.ts';
import { acceptHints } from '../../lib/sync/accept-hints.ts';
import { requestPartitionSync, requestStreamSync } from '../../lib/sync/request-sync.ts';
import { setPause } from '../../lib/sync/set-pause.ts';
import { recordKeys } from '../support/cached-records.ts';
import { ExclusionSteps } from './exclusion-steps.ts';
import { type CacheHappening, type Happening, isOfCache, isOfSource, type SystemHappening } from './history.ts';
import { copyKeys, type KeysCopy, restoreKeys } from './key-copies.ts';
import { LIBRARY, type Tables } from './monitors/state.ts';
import type { Simulation } from './simulation.ts';
import { pickOf, SourceSteps } from './source-steps.ts';

type Request = Extract<SystemHappening, { readonly kind: 'force' | 'force-stream' | 'paused' }>;

/** Makes steps of a history happen to a simulation. */
export class Steps {
  readonly #simulation: Simulation;
  readonly #source: SourceSteps;
  readonly #exclusions: ExclusionSteps;
  #backup: KeysCopy | undefined;
  #tables: Tables | undefined;

  constructor(simulation: Simulation) {
    const { library, server, timeline, losses, setting } = simulation;
    this.#simulation = simulation;
    this.#exclusions = new ExclusionSteps(simulation);
    const changed = ({ id }: { readonly id: string }): void => losses.addEverywhere(id);
    this.#source = new SourceSteps({ library, server, timeline, hiding: () => this.#hidden(), changed });
    this.#source.fill(setting.books);
  }

  /** Faults stop; what has happened has happened. */
  quieten(): void {
    const { faults, queues } = this.#simulation;
    faults.disarm();
    queues.disarm();
    queues.redrive();
    this.#source.quieten();
    this.askAgain();
  }

  /** People finish what was interrupted, or undone by late effects of the dead. */
  askAgain(): void {
    this.#exclusions.askAgain();
  }

  take(step: Happening): void {
    if (isOfSource(step)) this.#source.take(step);
    else if (isOfCache(step)) this.#spoilCache(step);
    else this.#disturb(step);
  }

  #disturb(step: SystemHappening): void {
    const { queues, faults } = this.#simulation;
    switch (step.kind) {
      case 'schedule':
        this.#simulation.plan(step.job);
        break;
      case 'port':
        faults.arm(step.fault);
        break;
      case 'message':
        queues.arm(step.fault);
        break;
      case 'tables-backup':
        this.#tables = this.#simulation.state.copyTables();
        break;
      case 'tables-restore':
        this.#simulation.restoreTables(this.#tables);
        break;
      case 'redrive':
        queues.redrive();
        break;
      case 'hint':
        this.#hint(step);
        break;
      case 'exclude':
      case 'include':
        this.#exclusions.take(step);
        break;
      case 'force':
      case 'force-stream':
      case 'paused':
        this.#ask(step);
    }
  }

  #hint({ picks, lately, delivery }: Extract<SystemHappening, { readonly kind: 'hint' }>): void {
    const simulation = this.#simulation;
    const known = lately ? simulation.library.changedLately : [...simulation.library.history.ids()];
    const ids = picks.flatMap((pick) => pickOf(known, pick) ?? []);
    const { connection, stream } = LIBRARY;
    simulation.ask('hint', (ports) =>
      acceptHints(
        { ...ports, marks: simulation.marks },
        { connection, delivery: String(delivery), hints: [{ stream, ids }] },
      ),
    );
  }

  /** What was not in the cache when it was hidden, no query by time shows afterwards. */
  #hidden(): void {
    const { library, losses, state } = this.#simulation;
    for (const book of library.books()) {
      if (!library.isHidden(book) || book.shelf === undefined) continue;
      const elsewhere = [...library.shelves].some((other) => other !== book.shelf && state.cached(other).has(book.id));
      if (elsewhere || state.cached(book.shelf).get(book.id) !== book.body) losses.addEverywhere(book.id);
    }
    for (const book of library.deleted()) if (library.isHidden(book)) losses.addEverywhere(book.id);
  }

  #ask(step: Request): void {
    const simulation = this.#simulation;
    simulation.ask(step.kind, async (ports, connection) => {
      const [stream] = connection.streams;
      if (stream === undefined) return undefined;
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

  #spoilCache(step: CacheHappening): void {
    const { cache, library, losses, readers, watermarks, exclusions } = this.#simulation;
    const { keys } = cache;
    switch (step.kind) {
      case 'cache-backup':
        this.#backup = copyKeys(keys);
        return;
      case 'cache-evicts-field':
        this.#evictField(step.pick);
        break;
      case 'cache-evicts-key':
        this.#evictKey(pickOf(keys.names(), step.pick) ?? '');
        break;
      case 'cache-flush':
      case 'cache-restore':
        if (step.kind === 'cache-restore' && this.#backup === undefined) return;
        for (const shelf of library.shelves) losses.addShelf(shelf);
        keys.flush();
        if (step.kind === 'cache-restore' && this.#backup !== undefined) restoreKeys(keys, this.#backup);
        for (const shelf of library.shelves) losses.addShelf(shelf);
    }
    cache.forgetFences();
    readers.begin();
    if (step.kind === 'cache-restore') exclusions.restored();
    watermarks.begin();
  }

  #evictField(pick: number): void {
    const { cache, library, losses, state } = this.#simulation;
    const cached = [...library.shelves].flatMap((shelf) =>
      [...state.cached(shelf).keys()].map((id) => ({ shelf, id })),
    );
    const book = pickOf(cached, pick);
    if (book === undefined) return;
    losses.add(book.shelf, book.id);
    for (const key of recordKeys(cache.keys, 'shelf', { ...LIBRARY, partition: book.shelf })) {
      cache.keys.dropField(key, book.id);
    }
  }

  #evictKey(key: string): void {
    const { cache, library, losses } = this.#simulation;
    for (const shelf of library.shelves) {
      const partition = { ...LIBRARY, partition: shelf };
      const own = [...recordKeys(cache.keys, 'shelf', partition), stampsKey(partition)];
      if (own.includes(key)) losses.addShelf(shelf);
      // A locator: nobody knows any more where its record was before.
      if (key.startsWith('cache:record:')) losses.add(shelf, key.split(':').at(-1) ?? '');
    }
    cache.keys.drop(key);
  }
}
