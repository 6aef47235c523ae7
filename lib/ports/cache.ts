import type { ConnectionCycle, Locator, StreamLayout } from '../domain/cache-layout.ts';
import { Failure } from '../domain/failure.ts';
import type { Instant } from '../domain/instant.ts';
import type { PartitionKey, StreamKey } from '../domain/names.ts';
import type { StoredStamp } from '../domain/stored-stamp.ts';
import type { ApplyReply, ApplyRequest } from './cache-apply.ts';
import type {
  CachedEntry,
  CachedRecord,
  CachedVersion,
  Examination,
  PartitionDigests,
  SweptVersion,
} from './cache-entries.ts';

/** From one version of a partition's layout to another that nobody reads yet. */
export interface CopyRequest {
  readonly key: PartitionKey;
  readonly layout: StreamLayout;
  readonly to: number;
  readonly fence: number;
  /** Where to go on; absent at the beginning, when what the other version holds is removed first. */
  readonly cursor?: string;
}

export type Copied =
  /** `whole`, after the last page: the other version holds as many records. */
  | { readonly outcome: 'copied'; readonly next?: string; readonly whole: boolean; readonly commands: number }
  | { readonly outcome: 'fenced'; readonly commands: number }
  | { readonly outcome: 'lost'; readonly commands: number };

export type Restated =
  | { readonly outcome: 'restated'; readonly count: number; readonly commands: number }
  | { readonly outcome: 'fenced' | 'lost'; readonly commands: number };

/** A view of the cache that counts what goes through it. */
export interface MeteredCache extends Cache {
  /** Billed commands so far. */
  readonly commands: number;
}

/**
 * The cache entries of all partitions. Every write is fenced, and newer wins. Where a stream is segmented, a record is
 * kept where its source says and found wherever it is; costs that are told here are then two commands higher, and one more
 * for each segment that has to be looked into.
 */
export interface Cache {
  /** The same cache, with a count of its own that begins at 0. */
  metered(): MeteredCache;
  /**
   * Writes records into one partition: only what is newer, atomically per page. Larger requests are cut into pages by
   * count and bytes; counts are added up. Safe to repeat.
   * @throws CacheFailure
   */
  apply(request: ApplyRequest): Promise<ApplyReply>;
  /**
   * What a complete scan did not see: stored records whose order of reading is below `startOrder` and that scan `run`
   * did not remember. `undefined` when the memory of the scan itself is gone or does not hold `expectedSeen` ids.
   */
  unseen(
    key: PartitionKey,
    run: string,
    startOrder: number,
    expectedSeen: number,
    layout: StreamLayout,
  ): Promise<readonly CachedVersion[] | undefined>;
  /** A record that scan `run` has seen of the partition; `undefined` when its memory holds none. One command. */
  witness(key: PartitionKey, run: string): Promise<string | undefined>;
  forgetScan(key: PartitionKey, run: string): Promise<void>;
  /** How many records the cache really holds for a partition. One command. */
  count(key: PartitionKey, layout: StreamLayout): Promise<number>;
  /** What a partition keeps about itself; `undefined` when the cache does not know the partition. Two commands. */
  digests(key: PartitionKey, layout: StreamLayout): Promise<PartitionDigests | undefined>;
  /** What is stored of these records, tombstones included: at most 10,000. One command. */
  storedStamps(key: PartitionKey, records: readonly string[]): Promise<ReadonlyMap<string, StoredStamp>>;
  /** The stamp of every record of a partition, tombstones left out. Not one moment's: writes may come in between. */
  stamps(key: PartitionKey, layout: StreamLayout): Promise<ReadonlyMap<string, StoredStamp>>;
  /**
   * Compares bodies, stamps, count and digests of a partition with each other. With `sample`, bodies of that many
   * records chosen by chance, and all of them where the numbers already differ or the partition is no larger.
   */
  examine(key: PartitionKey, layout: StreamLayout, options: { readonly sample?: number }): Promise<Examination>;
  /**
   * Makes what the partition keeps about itself agree with what readers find: stamps without a body are dropped, and
   * count and digests are taken anew. Bodies are not touched. Only under the lease of `fence`.
   */
  restate(key: PartitionKey, layout: StreamLayout, fence: number): Promise<Restated>;
  /**
   * Copies one page of the records that readers find to another version of the layout. What is there from the first page
   * to the last is copied; what is written in between has to be written to both (`ApplyRequest.beside`). Safe to repeat.
   */
  copy(request: CopyRequest): Promise<Copied>;
  /** Removes a copy that readers were never told of. Safe to repeat. @returns whether the fence is still ours */
  dropCopy(request: Omit<CopyRequest, 'cursor'>): Promise<boolean>;
  /** Remembers page `page` of a sweep; safe to repeat. */
  rememberSwept(stream: StreamKey, run: string, page: number, versions: readonly SweptVersion[]): Promise<void>;
  /**
   * What the `pages` pages of a sweep saw of one partition: record id → modified time, the latest where it was seen
   * twice. `undefined` when the memory of any page is gone.
   */
  swept(
    stream: StreamKey,
    run: string,
    pages: number,
    partition: string,
  ): Promise<ReadonlyMap<string, Instant> | undefined>;
  forgetSwept(stream: StreamKey, run: string): Promise<void>;
  /** Ids of up to `most` of the records that readers find, chosen by chance. One command. */
  sample(key: PartitionKey, layout: StreamLayout, most: number): Promise<readonly string[]>;
  /** What the cache holds about one record. At most three commands. */
  inspect(key: PartitionKey, layout: StreamLayout, record: string): Promise<CachedEntry>;
  /**
   * Records that readers find, with what is stored beside them, a page of some hundreds at a time. Not one moment's, and
   * a record may come twice. Two commands a page.
   */
  pages(key: PartitionKey, layout: StreamLayout): AsyncIterable<readonly CachedRecord[]>;
  /** Where a record is, or was last; only where locators are kept. One command. */
  locate(stream: StreamKey, record: string): Promise<Locator | undefined>;
  /** The same of many: at most 10,000, in one command. Those of which nothing is known are left out. */
  locateAll(stream: StreamKey, records: readonly string[]): Promise<ReadonlyMap<string, Locator>>;
  /**
   * Removes everything the cache holds of a partition, locators that point to it included. Only under the lease of
   * `fence`; safe to repeat. @returns how many records readers lose
   */
  drop(
    key: PartitionKey,
    layout: StreamLayout,
    fence: number,
  ): Promise<{ readonly outcome: 'dropped'; readonly removed: number } | { readonly outcome: 'fenced' }>;
  /**
   * One page of the partitions that the cache holds keys of for a stream, in no order, duplicates possible. For finding
   * what nobody keeps any more. `next` is where to go on.
   */
  partitionsHeld(
    stream: StreamKey,
    cursor?: string,
  ): Promise<{ readonly partitions: readonly string[]; readonly next?: string }>;
  /** Publishes a cycle and returns what was there before, in one command. */
  publishCycle(connection: string, cycle: ConnectionCycle): Promise<ConnectionCycle | undefined>;
}

/** As much of the cache as is needed to look into it. */
export type CacheLookups = Pick<Cache, 'count' | 'inspect' | 'locate' | 'pages' | 'sample'>;

export type CacheFailureCode = 'cache-unavailable' | 'cache-full' | 'cache-unauthorized' | 'cache-refused';

/** The cache did not acknowledge. Whether the write took effect is unknown; repeating it is safe. Holds no values. */
export class CacheFailure extends Failure {
  constructor(code: CacheFailureCode, message: string, cause?: unknown) {
    super(message, { code, retryable: code === 'cache-unavailable' || code === 'cache-full', cause });
  }
}
