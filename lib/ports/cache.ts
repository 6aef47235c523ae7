import type { ConnectionCycle, StreamLayout } from '../domain/cache-layout.ts';
import { Failure } from '../domain/failure.ts';
import type { Instant } from '../domain/instant.ts';
import type { PartitionKey } from '../domain/names.ts';
import type { SourceRecord } from '../domain/record.ts';

export interface ApplyRequest {
  readonly key: PartitionKey;
  readonly layout: StreamLayout;
  readonly fence: number;
  /**
   * Whether a partition whose fence is missing in the cache may be written: only a run that creates or rebuilds it
   * may; for any other run a missing fence means the cache lost data.
   */
  readonly create: boolean;
  /** Compare the stored bodies too, and rewrite those that are missing or differ at an equal stamp. */
  readonly verify: boolean;
  readonly records: readonly SourceRecord[];
  /** Call number the records were read under. */
  readonly order: number;
  /** Remembers the ids of `records` as seen by this full, those too large to be written included. */
  readonly scan?: string;
  /** Record id → stamp: remove the record here unless what is stored, `records` included, is newer. */
  readonly removals?: Readonly<Record<string, string>>;
  readonly meta: PartitionMeta;
}

/**
 * What readers are told about a partition, once every page of the request is written. What is absent stays as it is;
 * when nothing at all changes, `lastSync` stays too.
 */
export interface PartitionMeta {
  /** This machine's clock. */
  readonly lastSync: Instant;
  readonly watermark?: Instant;
  readonly loaded: boolean;
  readonly pending: boolean;
  /** Highest delta number applied; a lower one than was told before changes nothing. */
  readonly applied?: number;
}

export interface Moved {
  readonly record: string;
  readonly from: string;
  /** Stamp it has in its new partition. */
  readonly stamp: string;
}

export type ApplyReply =
  | {
      readonly outcome: 'applied';
      readonly added: number;
      readonly updated: number;
      readonly unchanged: number;
      readonly superseded: number;
      readonly removed: number;
      /** Partitions that still hold a record that is here now. Told again until they have let go of it. */
      readonly movedFrom: readonly Moved[];
      /** Ids of records no request can carry: not written, in no other count, for the caller to quarantine. */
      readonly tooLarge: readonly string[];
      /** Records that were written and not removed. More than `count` finds: the cache lost some. */
      readonly count: number;
      /** Billed commands. */
      readonly commands: number;
    }
  /** A newer fence has written: nothing was changed. */
  | { readonly outcome: 'fenced'; readonly commands: number }
  /** The fence is missing and `create` is false: the cache lost data. Nothing was changed. */
  | { readonly outcome: 'lost'; readonly commands: number };

export interface CachedVersion {
  readonly record: string;
  /** Older than any other where the cache has lost it. */
  readonly stamp: string;
}

/** The cache entries of all partitions. Every write is fenced, and newer wins. */
export interface Cache {
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
  forgetScan(key: PartitionKey, run: string): Promise<void>;
  /** How many records the cache really holds for a partition. One command. */
  count(key: PartitionKey, layout: StreamLayout): Promise<number>;
  /** Publishes a cycle and returns what was there before, in one command. */
  publishCycle(connection: string, cycle: ConnectionCycle): Promise<ConnectionCycle | undefined>;
}

export type CacheFailureCode = 'cache-unavailable' | 'cache-full' | 'cache-unauthorized' | 'cache-refused';

/** The cache did not acknowledge. Whether the write took effect is unknown; repeating it is safe. Holds no values. */
export class CacheFailure extends Failure {
  constructor(code: CacheFailureCode, message: string, cause?: unknown) {
    super(message, { code, retryable: code === 'cache-unavailable' || code === 'cache-full', cause });
  }
}
