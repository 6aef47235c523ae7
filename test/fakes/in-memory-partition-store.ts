import { type Instant, plusMs } from '../../lib/domain/instant.ts';
import { isPseudoPartition, type PartitionKey, type StreamKey } from '../../lib/domain/names.ts';
import {
  type ForceWish,
  firstFence,
  NO_TOTALS,
  NOTHING_PENDING,
  needsAttention,
  type PartitionState,
  type Pending,
} from '../../lib/domain/partition.ts';
import { type UnfinishedPartition, unfinishedOf } from '../../lib/domain/unfinished.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type {
  Acquired,
  Committed,
  Held,
  PartitionChange,
  PartitionListing,
  PartitionStore,
} from '../../lib/ports/partition-store.ts';
import { changedPartition, type Marks } from './changed-partition.ts';

interface Entry {
  readonly key: PartitionKey;
  readonly state: PartitionState;
  /** Writes made without the lease, and rebuilds asked for under it. */
  readonly marks: Marks;
}

const MOVED_LIMIT = 100;
const LIST_PAGE = 1_000;

/** Instances that share `entries` behave like processes that share a table. */
export class InMemoryPartitionStore implements PartitionStore {
  readonly #clock: Clock;
  readonly #entries: Map<string, Entry>;

  readonly #movedLimit: number;

  /** @param movedLimit how many moved records an item remembers */
  constructor(clock: Clock, entries: Map<string, Entry> = new Map(), movedLimit = MOVED_LIMIT) {
    this.#clock = clock;
    this.#entries = entries;
    this.#movedLimit = movedLimit;
  }

  /** Another process on the same table. */
  another(): InMemoryPartitionStore {
    return new InMemoryPartitionStore(this.#clock, this.#entries, this.#movedLimit);
  }

  async acquire(key: PartitionKey, owner: string, leaseMs: number): Promise<Acquired> {
    const entry = this.#entryOf(key);
    const now = this.#clock.now();
    const { lease, fence: known } = entry.state;
    const fence = known === 0 ? firstFence(now) : known;
    if (lease && lease.expiresAt > now) return { outcome: 'busy', until: lease.expiresAt };
    const expiresAt = plusMs(now, leaseMs);
    const state = { ...entry.state, fence: fence + 1, lease: { owner, expiresAt } };
    const marks = Math.max(1, entry.marks.now);
    this.#write({ ...entry, state, marks: { now: marks, atLease: marks } });
    return { outcome: 'held', held: { key, owner, fence: state.fence, state, expiresAt } };
  }

  async commit(held: Held, change: PartitionChange): Promise<Committed> {
    const entry = this.#held(held);
    if (!entry) return { outcome: 'fenced' };
    const changed = changedPartition(entry.state, held, change, entry.marks);
    const { lease: _released, unfinishedSince = this.#clock.now(), ...rest } = changed;
    const state = { ...rest, ...(needsAttention(changed) && { unfinishedSince }) };
    const marks = change.rebuild === true ? { ...entry.marks, now: entry.marks.now + 1 } : entry.marks;
    this.#write({ ...entry, state, marks });
    return { outcome: 'committed', state };
  }

  async renew(held: Held, leaseMs: number): Promise<boolean> {
    const entry = this.#held(held);
    if (!entry) return false;
    const lease = { owner: held.owner, expiresAt: plusMs(this.#clock.now(), leaseMs) };
    this.#write({ ...entry, state: { ...entry.state, lease } });
    return true;
  }

  async read(key: PartitionKey): Promise<PartitionState | undefined> {
    return this.#entries.get(nameOf(key))?.state;
  }

  async list(stream: StreamKey, cursor = ''): Promise<PartitionListing> {
    const after = this.#statesOf(stream).filter(({ id }) => !isPseudoPartition(id) && id > cursor);
    const page = after.slice(0, LIST_PAGE);
    const next = after.length > LIST_PAGE ? page.at(-1)?.id : undefined;
    return { partitions: page, ...(next !== undefined && { next }) };
  }

  async markOpen(key: PartitionKey, delta: number, since: Instant): Promise<{ readonly created: boolean }> {
    const created = !this.#entries.has(nameOf(key));
    this.#markPending(key, (pending) => ({
      ...pending,
      since: pending.since ?? since,
      open: [...new Set([...pending.open, delta])].sort((a, b) => a - b),
      marked: delta,
    }));
    return { created };
  }

  async markMoved(key: PartitionKey, moved: Readonly<Record<string, string>>): Promise<void> {
    if (Object.keys(moved).length === 0) return;
    const merged = new Map(Object.entries(this.#entryOf(key).state.pending.moved));
    for (const [record, stamp] of Object.entries(moved)) {
      if ((merged.get(record) ?? '') < stamp) merged.set(record, stamp);
    }
    if (merged.size > this.#movedLimit) return this.#markRebuild(key, {});
    this.#markPending(key, (pending) => ({ ...pending, moved: Object.fromEntries(merged) }));
  }

  async markRebuild(key: PartitionKey): Promise<void> {
    this.#markRebuild(key, this.#entryOf(key).state.pending.moved);
  }

  async requestForce(
    key: PartitionKey,
    run: string,
    wish?: ForceWish,
  ): Promise<{ readonly run: string; readonly created: boolean }> {
    const { force, cancel } = this.#entryOf(key).state;
    const wanted = { ...(wish && { wish }) };
    if (force === undefined) {
      this.#mark(key, (state) => ({ ...state, force: { run, at: this.#clock.now(), ...wanted } }));
    } else if (wish !== undefined || cancel === force.run) {
      const withdrawn = cancel === force.run;
      this.#mark(key, ({ cancel: wanting, ...state }) => ({
        ...state,
        force: { ...force, ...wanted },
        ...(wanting !== undefined && !withdrawn && { cancel: wanting }),
      }));
    }
    const carriedBy = force?.run ?? run;
    return { run: carriedBy, created: carriedBy === run };
  }

  async requestCancel(key: PartitionKey, run: string): Promise<boolean> {
    const { force, full } = this.#entryOf(key).state;
    if (force?.run !== run && full?.run !== run) return false;
    this.#mark(key, (state) => ({ ...state, cancel: run }));
    return true;
  }

  async remove(held: Held): Promise<boolean> {
    if (!this.#entries.has(nameOf(held.key))) return true;
    const entry = this.#held(held);
    if (!entry || entry.marks.now > entry.marks.atLease) return false;
    return this.#entries.delete(nameOf(held.key));
  }

  async discover(key: PartitionKey, title: string | undefined): Promise<{ readonly created: boolean }> {
    const created = !this.#entries.has(nameOf(key));
    const entry = this.#entryOf(key);
    this.#write({ ...entry, state: { ...entry.state, ...(title !== undefined && { title }) } });
    return { created };
  }

  async readMany(stream: StreamKey, ids: readonly string[]): Promise<readonly PartitionState[]> {
    return [...new Set(ids)].flatMap((id) => this.#entries.get(nameOf({ ...stream, partition: id }))?.state ?? []);
  }

  async unfinished(stream: StreamKey, markedBefore: Instant, limit: number): Promise<readonly UnfinishedPartition[]> {
    const due = this.#of(stream).flatMap(({ state }) => unfinishedOf(state) ?? []);
    return due
      .filter(({ since }) => since < markedBefore)
      .toSorted((x, y) => x.since - y.since)
      .slice(0, limit);
  }

  #markRebuild(key: PartitionKey, moved: Pending['moved']): void {
    const rebuilds = this.#entryOf(key).marks.now + 1;
    this.#markPending(key, (pending) => ({ ...pending, moved, rebuild: true, rebuilds }));
  }

  #markPending(key: PartitionKey, change: (pending: Pending) => Pending): void {
    this.#mark(key, (state) => ({ ...state, pending: change(state.pending) }));
  }

  #mark(key: PartitionKey, change: (state: PartitionState) => PartitionState): void {
    const entry = this.#entryOf(key);
    const { unfinishedSince = this.#clock.now() } = entry.state;
    const marks = { ...entry.marks, now: entry.marks.now + 1 };
    this.#write({ ...entry, state: { ...change(entry.state), unfinishedSince }, marks });
  }

  #held(held: Held): Entry | undefined {
    const entry = this.#entries.get(nameOf(held.key));
    return entry?.state.fence === held.fence && entry.state.lease?.owner === held.owner ? entry : undefined;
  }

  #entryOf(key: PartitionKey): Entry {
    const unknown = { key, state: newPartition(key.partition), marks: { now: 0, atLease: 0 } };
    return this.#entries.get(nameOf(key)) ?? unknown;
  }

  #write(entry: Entry): void {
    this.#entries.set(nameOf(entry.key), entry);
  }

  #of(stream: StreamKey): readonly Entry[] {
    const entries = [...this.#entries.values()];
    return entries.filter(({ key }) => key.connection === stream.connection && key.stream === stream.stream);
  }

  #statesOf(stream: StreamKey): readonly PartitionState[] {
    const states = this.#of(stream).map(({ state }) => state);
    return states.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }
}

function nameOf(key: PartitionKey): string {
  return `${key.connection}#${key.stream}#${key.partition}`;
}

function newPartition(id: string): PartitionState {
  return {
    id,
    loaded: false,
    cached: false,
    fence: 0,
    pending: NOTHING_PENDING,
    scanOrder: 0,
    count: 0,
    failures: 0,
    totals: NO_TOTALS,
  };
}
