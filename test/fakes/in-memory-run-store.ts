import { type Instant, plusMs } from '../../lib/domain/instant.ts';
import type { Run } from '../../lib/domain/run.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { RunFilter, RunPage, RunStore } from '../../lib/ports/run-store.ts';

interface Entry {
  readonly run: Run;
  readonly keptUntil: Instant;
}

const KEPT_MS = 30 * 86_400_000;

/** Instances that share `entries` behave like processes that share a table. */
export class InMemoryRunStore implements RunStore {
  readonly #clock: Clock;
  readonly #entries: Map<string, Entry>;

  constructor(clock: Clock, entries: Map<string, Entry> = new Map()) {
    this.#clock = clock;
    this.#entries = entries;
  }

  /** Another process on the same table. */
  another(): InMemoryRunStore {
    return new InMemoryRunStore(this.#clock, this.#entries);
  }

  async put(run: Run): Promise<void> {
    this.#entries.set(`${run.connection}#${run.run}`, { run, keptUntil: plusMs(this.#clock.now(), KEPT_MS) });
  }

  async find(run: string, connections: readonly string[]): Promise<Run | undefined> {
    return this.#kept().find((known) => known.run === run && connections.includes(known.connection));
  }

  async list(filter: RunFilter): Promise<RunPage> {
    const matching = this.#kept()
      .filter((run) => run.connection === filter.connection)
      .filter((run) => filter.stream === undefined || run.stream === filter.stream)
      .filter((run) => filter.partition === undefined || run.partition === filter.partition)
      .filter((run) => filter.cursor === undefined || run.run < filter.cursor)
      .toSorted((a, b) => (a.run > b.run ? -1 : 1));
    const runs = matching.slice(0, filter.limit);
    const last = runs.at(-1);
    return { runs, ...(matching.length > filter.limit && last && { next: last.run }) };
  }

  #kept(): readonly Run[] {
    const now = this.#clock.now();
    return [...this.#entries.values()].flatMap(({ run, keptUntil }) => (keptUntil > now ? [run] : []));
  }
}
