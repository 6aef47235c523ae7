import type { Instant } from './instant.ts';
import type { RejectionReason } from './record.ts';
import type { Stamp } from './stamp.ts';
import type { StoredStamp } from './stored-stamp.ts';

export const VERDICTS = [
  /** In the cache, as far as is known in its last version. */
  'in-sync',
  /** A change is known of, or may be, that is not in the cache yet: it comes by itself. */
  'behind',
  /** Its last version cannot be applied. */
  'quarantined',
  /** It was found gone at the source, and left the cache. */
  'removed',
  /** Erased on a person's wish. */
  'forgotten',
  /** Kept out on a person's wish, in whatever version. */
  'excluded',
  /** It is to leave the cache, and a person must decide about that. */
  'held-deletion',
  /** Neither the cache nor, where it was asked, the source knows it. */
  'never-seen',
  /** The cache had it and lost it. */
  'lost-in-cache',
  /** What the cache holds of it does not fit together. */
  'damaged',
  /** The source has it, and the cache should have. */
  'missing',
  /** The source has a newer version, and the cache should have. */
  'stale',
  /** The cache has it, and the source has not. */
  'extra',
  /** The cache has a newer version than the source shows. */
  'ahead',
  /** It belongs to another partition. */
  'moved',
] as const;

export type VerdictCode = (typeof VERDICTS)[number];

export interface Verdict {
  readonly code: VerdictCode;
  /** In a sentence or two, without values of the record. */
  readonly why: string;
  /** What to do about it, where anything is to be done. */
  readonly advice?: string;
}

/** What is known of the partition that was looked in. */
export interface PartitionFacts {
  readonly id: string;
  /** Whether its past was read as a whole. */
  readonly loaded: boolean;
  /** Whether changes are known of that are not in the cache yet. */
  readonly pending: boolean;
  /** Whether the record is to leave it: it was found elsewhere, or is to be forgotten. */
  readonly leaving: boolean;
  /** What was changed at the source up to here must be in the cache; what is later the next read may bring. */
  readonly horizon?: Instant;
  /** A deletion plan that waits for a person. */
  readonly heldPlan?: { readonly plan: string; readonly namesRecord: boolean };
}

/** What one call to the source showed. */
export type SourceFacts =
  | { readonly outcome: 'found'; readonly partition: string; readonly modified: Instant; readonly stamp: Stamp }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'rejected'; readonly reason: RejectionReason }
  | { readonly outcome: 'failed'; readonly code: string };

/** All that the system knows of one record. Whatever is absent is not known, or was not asked. */
export interface RecordFacts {
  readonly partition?: PartitionFacts;
  /** What the cache holds in that partition. */
  readonly stored?: StoredStamp;
  readonly body: 'absent' | 'intact' | 'altered';
  readonly locator?: { readonly partition: string; readonly gone?: Instant };
  readonly forgotten?: { readonly stamp: Stamp; readonly at: Instant };
  readonly quarantined?: { readonly reason: RejectionReason; readonly modified?: Instant };
  /** Whether the stream's first load is complete, and up to where it has been read. */
  readonly stream: { readonly loaded: boolean; readonly horizon?: Instant };
  readonly source?: SourceFacts;
  /** Whether the stream keeps the bodies of records that are there. @default false */
  readonly keeps?: boolean;
}
