import type {
  PartitionPage,
  Source,
  SourcePage,
  SourceQuery,
  StreamDefinition,
  SweepQuery,
  VersionPage,
} from '../ports/source.ts';
import type { MeteredSource } from '../ports/sources.ts';
import type { BreakerWatch } from './breaker-watch.ts';
import type { MeteredCalls } from './metered-calls.ts';

/** A source whose answers and failures are told to the connection's circuit breaker, each attempt by itself. */
export class WatchedSource implements MeteredSource {
  readonly #source: Source;
  readonly #watch: BreakerWatch;
  readonly #made: Pick<MeteredCalls, 'made'>;

  constructor(source: Source, watch: BreakerWatch, calls: Pick<MeteredCalls, 'made'>) {
    this.#source = source;
    this.#watch = watch;
    this.#made = calls;
  }

  get calls(): number {
    return this.#made.made;
  }

  get streams(): readonly StreamDefinition[] {
    return this.#source.streams;
  }

  read(query: SourceQuery, cursor?: string): Promise<SourcePage> {
    return this.#watch.over(() => this.#source.read(query, cursor), query.partition);
  }

  sweep(query: SweepQuery, cursor?: string): Promise<VersionPage> {
    return this.#watch.over(() => this.#source.sweep(query, cursor), query.partition);
  }

  listPartitions(stream: string, cursor?: string): Promise<PartitionPage> {
    return this.#watch.over(() => this.#source.listPartitions(stream, cursor));
  }

  isPartitionId(stream: string, text: string): boolean {
    return this.#source.isPartitionId(stream, text);
  }
}
