import { TABLE_KEYS } from '../../config/environment.ts';
import { type Instant, plusMs } from '../../domain/instant.ts';
import type { PartitionKey } from '../../domain/names.ts';
import { type ForceWish, firstFence, needsAttention, type PartitionState } from '../../domain/partition.ts';
import type { Held } from '../../ports/partition-store.ts';
import { compact, flag, type Item, number, numbers, optional, text, texts } from './attributes.ts';
import { difference } from './expression.ts';
import { partitionItemKey, streamPk } from './keys.ts';
import { encodePartition, movedEntries, PARTITION_ITEM_VERSION, type PartitionItem } from './partition-item.ts';
import { encodeWish } from './partition-work.ts';
import type { Removal, Update } from './table.ts';

// Every write to a partition's item is built here, so that what may happen at once can be read in one place:
//
// - The lease is free when there is none or it has expired by our clock. Taking it adds 1 to the fence, in the same
//   write; a commit or a renewal demands that fence and that owner. Clocks may differ between machines: then a lease
//   is taken early, and its former owner is refused by the fence.
// - Marks are made without the lease. Each adds 1 to `m` and puts the item into the index of unfinished work.
// - A commit demands that `m` is what its basis says. So it decides about pending work and about the index knowing
//   every mark; if a mark comes first, the commit is refused, is given the item as it is, and decides again.

/** Longest list of moved records that an item remembers; beyond it, reading the whole partition is cheaper. */
export const MOVED_LIMIT = 100;

const INDEX_STREAM = `#${TABLE_KEYS.indexPartitionKey}`;
const INDEX_SINCE = `#${TABLE_KEYS.indexSortKey}`;
const BORN = ['#v = if_not_exists(#v, :v)', '#cr = if_not_exists(#cr, :token)'];
/** A new item's fences begin at the clock's seconds: a cache that outlived the table it belonged to holds lower ones. */
const FENCED = '#f = if_not_exists(#f, :seed) + :one';
const MARKED = ['#m = if_not_exists(#m, :zero) + :one'];
const INDEXED = [`${INDEX_STREAM} = :stream`, `${INDEX_SINCE} = if_not_exists(${INDEX_SINCE}, :now)`];

/** Who writes what and when. */
export interface Call {
  readonly key: PartitionKey;
  readonly token: string;
  readonly now: Instant;
}

/** A force that waits, and what is to be cancelled. */
export interface Waiting {
  readonly force: NonNullable<PartitionState['force']>;
  readonly cancel?: string;
}

export function acquireUpdate(call: Call, owner: string, leaseMs: number): Update {
  return {
    key: partitionItemKey(call.key),
    set: [...BORN, FENCED, '#lo = :owner', '#le = :until', '#lt = :token', '#m = if_not_exists(#m, :one)'],
    condition: 'attribute_not_exists(#le) OR #le <= :now',
    values: {
      ...bornValues(call),
      owner: text(owner),
      until: number(plusMs(call.now, leaseMs)),
      now: number(call.now),
      seed: number(firstFence(call.now)),
      one: number(1),
    },
  };
}

export function renewUpdate(held: Held, until: Instant): Update {
  return {
    key: partitionItemKey(held.key),
    set: ['#le = :until'],
    condition: '#f = :fence AND #lo = :owner',
    values: { ...holderValues(held), until: number(until) },
  };
}

/** Writes what differs between `current` and `next`, gives the lease back and settles whether the item is indexed. */
export function commitUpdate(call: Call, held: Held, current: PartitionItem, next: PartitionState): Update {
  const changes = difference(encodePartition(current.state), encodePartition(next));
  const marks = Math.max(current.marks, next.pending.rebuilds);
  const unfinished = needsAttention(next);
  const gone = ['#lo', '#le', '#lt', ...(unfinished ? [] : [INDEX_STREAM, INDEX_SINCE])];
  return {
    key: partitionItemKey(held.key),
    set: [...changes.set, '#ct = :token', '#m = :next', ...(unfinished ? INDEXED : [])],
    remove: [...changes.remove, ...gone],
    condition: '#f = :fence AND #lo = :owner AND #m = :marks',
    values: {
      ...changes.values,
      ...holderValues(held),
      marks: number(current.marks),
      next: number(marks),
      token: text(call.token),
      ...(unfinished && indexValues(call)),
    },
  };
}

/** `since` stays that of the first open delta. */
export function markOpenUpdate(call: Call, delta: number, since: Instant): Update {
  return {
    key: partitionItemKey(call.key),
    set: [...BORN, ...MARKED, ...INDEXED, '#ps = if_not_exists(#ps, :since)', '#mk = :delta'],
    add: ['#op :open'],
    values: { ...markValues(call), since: number(since), delta: number(delta), open: numbers([delta]) },
  };
}

/** Refused when there would be more moved records than the item remembers. */
export function markMovedUpdate(call: Call, moved: Readonly<Record<string, string>>): Update {
  const entries = movedEntries(moved);
  return {
    key: partitionItemKey(call.key),
    set: [...BORN, ...MARKED, ...INDEXED, '#hm = :yes'],
    add: ['#mv :moved'],
    condition: 'attribute_not_exists(#mv) OR size(#mv) <= :room',
    values: { ...markValues(call), moved: texts(entries), yes: flag(true), room: number(MOVED_LIMIT - entries.length) },
  };
}

/** Of more records than the item remembers the list is dropped: reading the whole partition finds them too. */
export function markRebuildUpdate(call: Call, moved: 'kept' | 'dropped'): Update {
  return {
    key: partitionItemKey(call.key),
    set: [...BORN, ...MARKED, ...INDEXED, '#rb = if_not_exists(#m, :zero) + :one'],
    ...(moved === 'kept' ? {} : { remove: ['#mv', '#hm'] }),
    values: markValues(call),
  };
}

/** Refused when a force is remembered already. */
export function requestForceUpdate(call: Call, run: string, wish: ForceWish | undefined): Update {
  return {
    key: partitionItemKey(call.key),
    set: [...BORN, ...MARKED, ...INDEXED, '#fr = :run', '#fa = :now', ...(wish ? ['#fw = :wish'] : [])],
    condition: 'attribute_not_exists(#fr)',
    values: compact({ ...markValues(call), run: text(run), wish: optional(wish, encodeWish) }),
  };
}

/** Changes the wish of the force with this run id, and takes a cancellation of it back. Refused when it is none. */
export function joinForceUpdate(call: Call, { force, cancel }: Waiting, wish: ForceWish | undefined): Update {
  const withdrawn = cancel === force.run;
  return {
    key: partitionItemKey(call.key),
    set: [...BORN, ...MARKED, ...INDEXED, ...(wish ? ['#fw = :wish'] : [])],
    remove: withdrawn ? ['#cn'] : [],
    condition: `#fr = :run${withdrawn ? ' AND #cn = :run' : ''}`,
    values: compact({ ...markValues(call), run: text(force.run), wish: optional(wish, encodeWish) }),
  };
}

/** Refused when the run is neither waiting nor under way. */
export function requestCancelUpdate(call: Call, run: string): Update {
  return {
    key: partitionItemKey(call.key),
    set: [...BORN, ...MARKED, ...INDEXED, '#cn = :run'],
    condition: '#fr = :run OR #xf.#r = :run',
    values: { ...markValues(call), run: text(run) },
  };
}

/** An item that is gone already stays gone; one that was marked since the lease was taken stays. */
export function removal(held: Held, marks: number): Removal {
  return {
    key: partitionItemKey(held.key),
    condition: `attribute_not_exists(#${TABLE_KEYS.partitionKey}) OR (#f = :fence AND #lo = :owner AND #m = :marks)`,
    values: { ...holderValues(held), marks: number(marks) },
  };
}

export function discoverUpdate(call: Call, title: string | undefined): Update {
  return {
    key: partitionItemKey(call.key),
    set: [...BORN, ...(title === undefined ? [] : ['#ti = :title'])],
    values: { ...bornValues(call), ...(title !== undefined && { title: text(title) }) },
  };
}

function bornValues(call: Call): Item {
  return { v: number(PARTITION_ITEM_VERSION), token: text(call.token) };
}

function indexValues(call: Call): Item {
  return { stream: text(streamPk(call.key)), now: number(call.now) };
}

function markValues(call: Call): Item {
  return { ...bornValues(call), ...indexValues(call), zero: number(0), one: number(1) };
}

function holderValues(held: Held): Item {
  return { fence: number(held.fence), owner: text(held.owner) };
}
