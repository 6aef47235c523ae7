import type { BudgetState } from '../../../lib/domain/budget.ts';
import { metaKey, stampsKey } from '../../../lib/domain/cache-layout.ts';
import type { DeletionPlan } from '../../../lib/domain/deletion-plan.ts';
import { isExclusion } from '../../../lib/domain/exclusion.ts';
import type { Instant } from '../../../lib/domain/instant.ts';
import type { PartitionState } from '../../../lib/domain/partition.ts';
import type { Run } from '../../../lib/domain/run.ts';
import { parseStamp } from '../../../lib/domain/stamp.ts';
import { isTombstone, readStoredStamp } from '../../../lib/domain/stored-stamp.ts';
import type { StreamState } from '../../../lib/domain/stream.ts';
import type { ForgottenRecord } from '../../../lib/ports/forgotten-store.ts';
import type { Quarantined } from '../../../lib/ports/quarantine-store.ts';
import type { InMemoryKeys } from '../../fakes/in-memory-keys.ts';
import type { InMemoryPartitionStore } from '../../fakes/in-memory-partition-store.ts';
import { cachedRecords, recordKeys } from '../../support/cached-records.ts';
import type { Version } from '../library/book-history.ts';

export const LIBRARY = { connection: 'library', stream: 'books' } as const;

/** The tables' contents, shared by the fakes and by whoever watches them. */
export interface Tables {
  readonly partitions: NonNullable<ConstructorParameters<typeof InMemoryPartitionStore>[1]>;
  readonly streams: Map<string, StreamState>;
  readonly runs: Map<string, { readonly run: Run; readonly keptUntil: Instant }>;
  readonly quarantine: Map<string, Map<string, Quarantined>>;
  readonly plans: Map<string, DeletionPlan>;
  readonly budgets: Map<string, BudgetState>;
  readonly forgotten: Map<string, Map<string, ForgottenRecord>>;
}

/** What is true of the system at this moment, read without anybody noticing. */
export class SystemState {
  readonly tables: Tables = {
    partitions: new Map(),
    streams: new Map(),
    runs: new Map(),
    quarantine: new Map(),
    plans: new Map(),
    budgets: new Map(),
    forgotten: new Map(),
  };
  readonly keys: InMemoryKeys;
  /** Whether a record that is in the cache keeps the text it has there. */
  readonly keeps: boolean;

  constructor(keys: InMemoryKeys, keeps = false) {
    this.keys = keys;
    this.keeps = keeps;
  }

  /** A backup of the tables. */
  copyTables(): Tables {
    const { partitions, streams, runs, quarantine, plans, budgets, forgotten } = this.tables;
    return {
      partitions: new Map(partitions),
      streams: new Map(streams),
      runs: new Map(runs),
      quarantine: new Map([...quarantine].map(([stream, records]) => [stream, new Map(records)])),
      plans: new Map(plans),
      budgets: new Map(budgets),
      forgotten: new Map([...forgotten].map(([stream, records]) => [stream, new Map(records)])),
    };
  }

  /** The tables are what they were when the backup was made. */
  restoreTables(backup: Tables): void {
    refill(this.tables.partitions, backup.partitions);
    refill(this.tables.streams, backup.streams);
    refill(this.tables.runs, backup.runs);
    refill(this.tables.quarantine, backup.quarantine);
    refill(this.tables.plans, backup.plans);
    refill(this.tables.budgets, backup.budgets);
    refill(this.tables.forgotten, backup.forgotten);
  }

  partition(shelf: string): PartitionState | undefined {
    return this.tables.partitions.get(`${LIBRARY.connection}#${LIBRARY.stream}#${shelf}`)?.state;
  }

  partitions(): readonly PartitionState[] {
    return [...this.tables.partitions.values()].map(({ state }) => state);
  }

  stream(): StreamState | undefined {
    return this.tables.streams.get(`${LIBRARY.connection}#${LIBRARY.stream}`);
  }

  quarantined(): ReadonlyMap<string, Quarantined> {
    return this.tables.quarantine.get(`${LIBRARY.connection}#${LIBRARY.stream}`) ?? new Map();
  }

  /** Record id → stamp of its exclusion. */
  excluded(): ReadonlyMap<string, string> {
    const known = this.tables.forgotten.get(`${LIBRARY.connection}#${LIBRARY.stream}`) ?? new Map();
    return new Map(
      [...known.values()].filter(({ stamp }) => isExclusion(stamp)).map(({ record, stamp }) => [record, stamp]),
    );
  }

  /** Whether the cache has this version of a record where it is: its text, or, where texts are kept, its time. */
  holds({ id, shelf = '', body, changed }: Pick<Version, 'id' | 'shelf' | 'body' | 'changed'>): boolean {
    const cached = this.cached(shelf).get(id);
    if (!this.keeps || cached === undefined) return cached === body;
    const modified = parseStamp(readStoredStamp(this.stamps(shelf).get(id) ?? '').stamp)?.modified;
    return modified !== undefined && modified >= changed;
  }

  cached(shelf: string): ReadonlyMap<string, string> {
    return cachedRecords(this.keys, 'shelf', { ...LIBRARY, partition: shelf });
  }

  /** Ids that more than one of a shelf's keys holds: readers find one version of them or another. */
  doubled(shelf: string): readonly string[] {
    const names = recordKeys(this.keys, 'shelf', { ...LIBRARY, partition: shelf });
    const ids = names.flatMap((name) => [...this.keys.hash(name).keys()]);
    return ids.length === this.cached(shelf).size ? [] : ids.filter((id, index) => ids.indexOf(id) !== index);
  }

  meta(shelf: string): ReadonlyMap<string, string> {
    return this.keys.hash(metaKey('shelf', shelf, LIBRARY.stream));
  }

  /** Records that are in the cache, or were until it lost their bodies. */
  known(shelf: string): ReadonlySet<string> {
    const stamped = [...this.stamps(shelf)].filter(([id, text]) => !id.startsWith('#') && isLive(text));
    return new Set([...this.cached(shelf).keys(), ...stamped.map(([id]) => id)]);
  }

  stamps(shelf: string): ReadonlyMap<string, string> {
    return this.keys.hash(stampsKey({ ...LIBRARY, partition: shelf }));
  }
}

function isLive(text: string): boolean {
  return !isTombstone(readStoredStamp(text));
}

function refill<T>(table: Map<string, T>, backup: ReadonlyMap<string, T>): void {
  table.clear();
  for (const [name, item] of backup) table.set(name, item);
}
