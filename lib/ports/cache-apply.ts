import type { StreamLayout } from '../domain/cache-layout.ts';
import type { Instant } from '../domain/instant.ts';
import type { PartitionKey } from '../domain/names.ts';
import type { SourceRecord } from '../domain/record.ts';
import type { WritePath } from '../domain/stored-stamp.ts';

export interface ApplyRequest {
  readonly key: PartitionKey;
  readonly layout: StreamLayout;
  /**
   * Another version of the layout that holds the same partition: `written` with the same records in the same moment, or
   * `dropped` in the moment in which readers are told of `layout`.
   */
  readonly beside?: { readonly version: number; readonly becomes: 'written' | 'dropped' };
  readonly fence: number;
  /**
   * Whether a partition whose fence is missing in the cache may be written: only a run that creates or rebuilds it
   * may; for any other run a missing fence means the cache lost data.
   */
  readonly create: boolean;
  /** Compare the stored bodies too, and rewrite those that are missing or differ at an equal stamp. */
  readonly verify: boolean;
  /**
   * Whether a record that is there keeps its body, whoever wrote that: only its version rises to the one that is shown,
   * with the contents that were written here last. Bodies that are missing are written.
   */
  readonly keep?: boolean;
  /** Remembered beside each record that is written: by which kind of run. */
  readonly path: Exclude<WritePath, 'gone' | 'forgotten'>;
  readonly records: readonly SourceRecord[];
  /** Call number the records were read under. */
  readonly order: number;
  /** Source clock when the records were as they are here, at the earliest. */
  readonly asOf?: Instant;
  /** Remembers the ids of `records` as seen by this full, those too large to be written included. */
  readonly scan?: string;
  /**
   * Record id → stamp: remove the record here unless what is stored, `records` included, is newer. Where locators are
   * kept, that of a record which is nowhere else now stays as a tombstone: a message that is still under way cannot
   * bring an older version back, in any partition.
   */
  readonly removals?: Readonly<Record<string, string>>;
  /**
   * Record id → stamp: erased on a person's wish. Removed as by `removals`, and a tombstone stays with the stamps too
   * (also where the record was not found): only a newer version is written again. One that another partition holds in
   * a version that is no newer is told in `movedFrom`.
   */
  readonly forgotten?: Readonly<Record<string, string>>;
  /**
   * By record id: the source itself says that it has left. Removed as by `removals`, and a tombstone of this version
   * stays (with the locator, or where there is none with the stamps). One that another partition still holds is
   * told in `movedFrom`.
   */
  readonly left?: Readonly<Record<string, Left>>;
  /** Ids of records that were excluded and are so no longer: what a source shows of them is written again. */
  readonly included?: readonly string[];
  readonly meta: PartitionMeta;
}

/** That a record has left is a version of it, one without contents. */
export interface Left {
  readonly stamp: string;
  /** Whether the tombstone stays even of a record that was never here, because older news of it may be on their way. */
  readonly lasting: boolean;
}

/**
 * What readers are told about a partition, once every page of the request is written. What is absent stays as it is;
 * when nothing at all changes, `lastSync` stays too.
 */
export interface PartitionMeta {
  /** This machine's clock. */
  readonly lastSync: Instant;
  readonly watermark?: Instant;
  /**
   * `as-told`: what readers were told last, and true where nothing was told. Only a run that reads the partition as a
   * whole may say that it is whole again after it was lost.
   */
  readonly loaded: boolean | 'as-told';
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
