import {
  type ConnectionCycle,
  connectionKey,
  type Locator,
  parseConnectionCycle,
  type StreamLayout,
  scanKey,
  sweepKey,
} from '../../domain/cache-layout.ts';
import type { Instant } from '../../domain/instant.ts';
import type { PartitionKey, StreamKey } from '../../domain/names.ts';
import type { StoredStamp } from '../../domain/stored-stamp.ts';
import type { Copied, CopyRequest, MeteredCache, Restated } from '../../ports/cache.ts';
import type { ApplyReply, ApplyRequest } from '../../ports/cache-apply.ts';
import type {
  CachedEntry,
  CachedRecord,
  CachedVersion,
  Examination,
  PartitionDigests,
  SweptVersion,
} from '../../ports/cache-entries.ts';
import type { CacheAccess } from '../../ports/parameters.ts';
import { planPages } from './apply-pages.ts';
import { applyPage, type PageReply } from './apply-script.ts';
import { copyPage, dropCopy } from './copy-records.ts';
import { type Dropped, dropPartitionKeys } from './drop-partition.ts';
import { examinePartition } from './examine-partition.ts';
import { findPartitions, type HeldPartitions } from './partitions-held.ts';
import { RedisAccess } from './redis-access.ts';
import { unexpectedReply } from './redis-failure.ts';
import { integer } from './redis-scan.ts';
import { restatePartition } from './restate-partition.ts';
import { findUnseen } from './scan-memory.ts';
import { readDigests, readStamps, readStampsOf } from './stored-stamps.ts';
import { readSwept, rememberPage } from './sweep-memory.ts';
import { UpstashLookups } from './upstash-lookups.ts';

export interface UpstashCacheOptions {
  /** For one request, its answer included. @default 5000 */
  readonly timeoutMs?: number;
}

type Applied = Extract<ApplyReply, { readonly outcome: 'applied' }>;

/** The cache entries in Upstash Redis, over REST. Retries nothing but a refused token, once. */
export class UpstashCache implements MeteredCache {
  readonly #access: CacheAccess;
  readonly #options: UpstashCacheOptions;
  readonly #redis: RedisAccess;
  readonly #lookups: UpstashLookups;
  /** Commands that scripts called themselves. */
  #called = 0;

  constructor(access: CacheAccess, options: UpstashCacheOptions = {}) {
    this.#access = access;
    this.#options = options;
    this.#redis = new RedisAccess(access, options.timeoutMs);
    this.#lookups = new UpstashLookups(this.#redis);
  }

  get commands(): number {
    return this.#redis.sent + this.#called;
  }

  metered(): MeteredCache {
    return new UpstashCache(this.#access, this.#options);
  }

  /**
   * Billed commands per page of up to 1,000 records: 5 when something changes (script, stamps read, bodies, stamps,
   * meta), + 2 with locators, + 2 when it deletes, + 1 with a scan (+ 1 on its first page), + 1 when bodies are
   * compared, + 1 (+ 1 when it deletes) where another layout is written too, + 1 where one is dropped. When all is unchanged 2, + 1 with locators, + 1 for a new fence, + 2 when readers are told something new.
   * Digests and tombstones travel with these.
   */
  async apply(request: ApplyRequest): Promise<ApplyReply> {
    return this.#counting(() => this.#apply(request));
  }

  async #apply(request: ApplyRequest): Promise<ApplyReply> {
    const { pages, tooLarge } = planPages(request);
    let total: Applied = { ...NOTHING_APPLIED, tooLarge };
    for (const [index, page] of pages.entries()) {
      const seen = index === 0 ? tooLarge : [];
      const reply = await this.#redis.run((client) => applyPage(client, request, page, seen));
      if (reply.outcome !== 'applied') return { ...reply, commands: total.commands + reply.commands };
      total = addReplies(total, reply);
    }
    return total;
  }

  async unseen(
    key: PartitionKey,
    run: string,
    startOrder: number,
    expectedSeen: number,
    layout: StreamLayout,
  ): Promise<readonly CachedVersion[] | undefined> {
    return this.#redis.run((client) => findUnseen(client, { key, run, startOrder, expectedSeen, layout }));
  }

  async witness(key: PartitionKey, run: string): Promise<string | undefined> {
    // The memory begins with a member that is no record.
    const seen = await this.#redis.run((client) => client.send(['SRANDMEMBER', scanKey(key, run), '2']));
    if (!Array.isArray(seen)) throw unexpectedReply('SRANDMEMBER');
    return seen.find((member): member is string => typeof member === 'string' && member !== '#begun');
  }

  async forgetScan(key: PartitionKey, run: string): Promise<void> {
    await this.#redis.run((client) => integer(client, 'DEL', scanKey(key, run)));
  }

  async count(key: PartitionKey, layout: StreamLayout): Promise<number> {
    return this.#lookups.count(key, layout);
  }

  async digests(key: PartitionKey, layout: StreamLayout): Promise<PartitionDigests | undefined> {
    return this.#redis.run((client) => readDigests(client, key, layout));
  }

  async storedStamps(key: PartitionKey, records: readonly string[]): Promise<ReadonlyMap<string, StoredStamp>> {
    return this.#redis.run((client) => readStampsOf(client, key, records));
  }

  async stamps(key: PartitionKey, _layout: StreamLayout): Promise<ReadonlyMap<string, StoredStamp>> {
    return this.#redis.run(async (client) => (await readStamps(client, key)).live);
  }

  async examine(
    key: PartitionKey,
    layout: StreamLayout,
    { sample }: { readonly sample?: number },
  ): Promise<Examination> {
    return this.#redis.run((client) => examinePartition(client, key, layout, sample));
  }

  async restate(key: PartitionKey, layout: StreamLayout, fence: number): Promise<Restated> {
    return this.#counting(() => this.#redis.run((client) => restatePartition(client, key, layout, fence)));
  }

  async copy(request: CopyRequest): Promise<Copied> {
    return this.#counting(() => this.#redis.run((client) => copyPage(client, request)));
  }

  async dropCopy(request: Omit<CopyRequest, 'cursor'>): Promise<boolean> {
    const dropped = await this.#counting(() => this.#redis.run((client) => dropCopy(client, request)));
    return dropped.outcome !== 'fenced';
  }

  async rememberSwept(stream: StreamKey, run: string, page: number, versions: readonly SweptVersion[]): Promise<void> {
    return this.#redis.run((client) => rememberPage(client, stream, run, page, versions));
  }

  async swept(
    stream: StreamKey,
    run: string,
    pages: number,
    partition: string,
  ): Promise<ReadonlyMap<string, Instant> | undefined> {
    return this.#redis.run((client) => readSwept(client, stream, run, pages, partition));
  }

  async forgetSwept(stream: StreamKey, run: string): Promise<void> {
    await this.#redis.run((client) => integer(client, 'UNLINK', sweepKey(stream, run)));
  }

  async sample(key: PartitionKey, layout: StreamLayout, most: number): Promise<readonly string[]> {
    return this.#lookups.sample(key, layout, most);
  }

  async inspect(key: PartitionKey, layout: StreamLayout, record: string): Promise<CachedEntry> {
    return this.#lookups.inspect(key, layout, record);
  }

  pages(key: PartitionKey, layout: StreamLayout): AsyncIterable<readonly CachedRecord[]> {
    return this.#lookups.pages(key, layout);
  }

  async locate(stream: StreamKey, record: string): Promise<Locator | undefined> {
    return this.#lookups.locate(stream, record);
  }

  async locateAll(stream: StreamKey, records: readonly string[]): Promise<ReadonlyMap<string, Locator>> {
    return this.#lookups.locateAll(stream, records);
  }

  async drop(key: PartitionKey, layout: StreamLayout, fence: number): Promise<Dropped> {
    return this.#redis.run((client) => dropPartitionKeys(client, key, layout, fence));
  }

  async partitionsHeld(stream: StreamKey, cursor?: string): Promise<HeldPartitions> {
    return this.#redis.run((client) => findPartitions(client, stream, cursor));
  }

  /** The reply tells all commands, those among them that were sent included. */
  async #counting<T extends { readonly commands: number }>(work: () => Promise<T>): Promise<T> {
    const before = this.#redis.sent;
    const reply = await work();
    this.#called += reply.commands - (this.#redis.sent - before);
    return reply;
  }

  async publishCycle(connection: string, cycle: ConnectionCycle): Promise<ConnectionCycle | undefined> {
    return this.#redis.run(async (client) => {
      const before = await client.send(['SET', connectionKey(connection), JSON.stringify(cycle), 'GET']);
      if (before === null) return undefined;
      if (typeof before !== 'string') throw unexpectedReply('SET');
      return parseConnectionCycle(before);
    });
  }
}

const NOTHING_APPLIED: Applied = {
  outcome: 'applied',
  added: 0,
  updated: 0,
  unchanged: 0,
  superseded: 0,
  removed: 0,
  movedFrom: [],
  tooLarge: [],
  count: 0,
  commands: 0,
};

function addReplies(total: Applied, page: Extract<PageReply, { readonly outcome: 'applied' }>): Applied {
  return {
    ...total,
    added: total.added + page.added,
    updated: total.updated + page.updated,
    unchanged: total.unchanged + page.unchanged,
    superseded: total.superseded + page.superseded,
    removed: total.removed + page.removed,
    movedFrom: [...total.movedFrom, ...page.movedFrom],
    count: page.count,
    commands: total.commands + page.commands,
  };
}
