import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Instant, plusMs } from '../../domain/instant.ts';
import type { PartitionKey, StreamKey } from '../../domain/names.ts';
import type { ForceWish, PartitionState } from '../../domain/partition.ts';
import type { UnfinishedPartition } from '../../domain/unfinished.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  Acquired,
  Committed,
  Held,
  PartitionChange,
  PartitionListing,
  PartitionStore,
} from '../../ports/partition-store.ts';
import { callToken } from './call-token.ts';
import { PARTITION_PREFIX, partitionItemKey, streamPk } from './keys.ts';
import { changePartition } from './partition-change.ts';
import { type PartitionItem, readPartition } from './partition-item.ts';
import {
  acquireUpdate,
  type Call,
  commitUpdate,
  discoverUpdate,
  joinForceUpdate,
  MOVED_LIMIT,
  markMovedUpdate,
  markOpenUpdate,
  markRebuildUpdate,
  removal,
  renewUpdate,
  requestCancelUpdate,
  requestForceUpdate,
} from './partition-writes.ts';
import { StoreFailure } from './store-failure.ts';
import { Table, type Update } from './table.ts';
import { unfinishedPartitions } from './unfinished-partitions.ts';

/** A held lease, and how many marks the item had when it was taken: what tells a commit whether more were made. */
interface MarkedHeld extends Held {
  readonly marks: number;
}

const COMMIT_TRIES = 10;
const FORCE_TRIES = 5;
const LIST_PAGE = 1_000;
/** Sorts after every pseudo partition and before every other: what a listing begins after. */
const AFTER_PSEUDO = '+';

/** Partitions as items of one DynamoDB table; `partition-writes.ts` says what happens when writes meet. */
export class DynamoPartitionStore implements PartitionStore {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(client: DynamoDBClient, tableName: string, clock: Clock) {
    this.#table = new Table(client, tableName, clock);
    this.#clock = clock;
  }

  async acquire(key: PartitionKey, owner: string, leaseMs: number): Promise<Acquired> {
    const call = this.#call(key);
    const updated = await this.#table.update(acquireUpdate(call, owner, leaseMs));
    const item = readPartition((updated.outcome === 'written' ? updated.item : updated.current) ?? {});
    // Refused, and yet ours: an answer was lost and the request repeated.
    if (updated.outcome === 'refused' && item.takenBy !== call.token) {
      return { outcome: 'busy', until: item.state.lease?.expiresAt ?? call.now };
    }
    const { state, marks } = item;
    const held: MarkedHeld = { key, owner, fence: state.fence, state, expiresAt: plusMs(call.now, leaseMs), marks };
    return { outcome: 'held', held };
  }

  async commit(held: Held, change: PartitionChange): Promise<Committed> {
    const call = this.#call(held.key);
    const basis = { state: held.state, marks: marksOf(held) };
    let current = itemAtBasis(held.state, basis.marks);
    for (let attempt = 1; attempt <= COMMIT_TRIES; attempt += 1) {
      const next = changePartition(current, basis, change);
      const updated = await this.#table.update(commitUpdate(call, held, current, next));
      if (updated.outcome === 'written') return { outcome: 'committed', state: readPartition(updated.item).state };
      if (!updated.current) return { outcome: 'fenced' };
      current = readPartition(updated.current);
      // An answer was lost and the request repeated: the first of the two took effect.
      if (current.committedBy === call.token) return { outcome: 'committed', state: current.state };
      if (!isHolder(held, current.state)) return { outcome: 'fenced' };
    }
    throw new StoreFailure(`marks kept coming during ${COMMIT_TRIES} attempts to commit`);
  }

  async renew(held: Held, leaseMs: number): Promise<boolean> {
    const updated = await this.#table.update(renewUpdate(held, plusMs(this.#clock.now(), leaseMs)));
    return updated.outcome === 'written';
  }

  async read(key: PartitionKey): Promise<PartitionState | undefined> {
    const item = await this.#table.get(partitionItemKey(key));
    return item && readPartition(item).state;
  }

  async list(stream: StreamKey, cursor?: string): Promise<PartitionListing> {
    const page = await this.#table.list({
      pk: streamPk(stream),
      prefix: PARTITION_PREFIX,
      limit: LIST_PAGE,
      after: partitionItemKey({ ...stream, partition: cursor ?? AFTER_PSEUDO }).sk,
    });
    const next = page.next?.slice(PARTITION_PREFIX.length);
    return { partitions: page.items.map((item) => readPartition(item).state), ...(next !== undefined && { next }) };
  }

  async markOpen(key: PartitionKey, delta: number, since: Instant): Promise<{ readonly created: boolean }> {
    const call = this.#call(key);
    return { created: await this.#upsert(call, markOpenUpdate(call, delta, since)) };
  }

  async markMoved(key: PartitionKey, moved: Readonly<Record<string, string>>): Promise<void> {
    const count = Object.keys(moved).length;
    if (count === 0) return;
    if (count <= MOVED_LIMIT) {
      const updated = await this.#table.update(markMovedUpdate(this.#call(key), moved));
      if (updated.outcome !== 'refused') return;
    }
    await this.#table.update(markRebuildUpdate(this.#call(key), 'dropped'));
  }

  async markRebuild(key: PartitionKey): Promise<void> {
    await this.#table.update(markRebuildUpdate(this.#call(key), 'kept'));
  }

  async requestForce(
    key: PartitionKey,
    run: string,
    wish?: ForceWish,
  ): Promise<{ readonly run: string; readonly created: boolean }> {
    for (let attempt = 1; attempt <= FORCE_TRIES; attempt += 1) {
      const updated = await this.#table.update(requestForceUpdate(this.#call(key), run, wish));
      if (updated.outcome === 'written') return { run, created: true };
      const { force, cancel } = readPartition(updated.current ?? {}).state;
      if (force === undefined) return { run, created: true };
      // The force that is remembered may be this very one: asked twice, or a repetition after a lost answer.
      const answer = { run: force.run, created: force.run === run };
      if (wish === undefined && cancel !== force.run) return answer;
      const waiting = { force, ...(cancel !== undefined && { cancel }) };
      const joined = await this.#table.update(joinForceUpdate(this.#call(key), waiting, wish));
      if (joined.outcome === 'written') return answer;
    }
    throw new StoreFailure(`forces began during ${FORCE_TRIES} attempts to join one`);
  }

  async requestCancel(key: PartitionKey, run: string): Promise<boolean> {
    const updated = await this.#table.update(requestCancelUpdate(this.#call(key), run));
    return updated.outcome === 'written';
  }

  async remove(held: Held): Promise<boolean> {
    return this.#table.removeIf(removal(held, marksOf(held)));
  }

  async discover(key: PartitionKey, title: string | undefined): Promise<{ readonly created: boolean }> {
    // A read costs a tenth of a write, and almost every partition is known already.
    const item = await this.#table.get(partitionItemKey(key), { consistent: false });
    if (item && (title === undefined || readPartition(item).state.title === title)) return { created: false };
    const call = this.#call(key);
    return { created: await this.#upsert(call, discoverUpdate(call, title)) };
  }

  async readMany(stream: StreamKey, ids: readonly string[]): Promise<readonly PartitionState[]> {
    const keys = [...new Set(ids)].map((partition) => partitionItemKey({ ...stream, partition }));
    const items = await this.#table.getMany(keys, { consistent: false });
    const found = new Map(items.map((item) => [readPartition(item).state.id, readPartition(item).state]));
    return [...new Set(ids)].flatMap((id) => found.get(id) ?? []);
  }

  async unfinished(stream: StreamKey, markedBefore: Instant, limit: number): Promise<readonly UnfinishedPartition[]> {
    return unfinishedPartitions(this.#table, { stream, markedBefore, limit });
  }

  /** @returns whether the write created the item; also when its answer was lost and the request repeated */
  async #upsert(call: Call, update: Update): Promise<boolean> {
    const updated = await this.#table.update(update);
    return updated.outcome === 'written' && readPartition(updated.item).createdBy === call.token;
  }

  #call(key: PartitionKey): Call {
    return { key, token: callToken(this.#clock), now: this.#clock.now() };
  }
}

/** Without its marks, as when another hand built it, a held lease counts as taken before the first of them. */
function marksOf(held: Held): number {
  return 'marks' in held && typeof held.marks === 'number' ? held.marks : 0;
}

function itemAtBasis(state: PartitionState, marks: number): PartitionItem {
  return { state, marks, createdBy: undefined, takenBy: undefined, committedBy: undefined };
}

function isHolder(held: Held, state: PartitionState): boolean {
  return state.fence === held.fence && state.lease?.owner === held.owner;
}
