import type { Instant } from './instant.ts';
import type { PartitionKey } from './names.ts';

/**
 * How one record differs. Missing: the source has it, the cache has not. Stale: the cache has an older version. Extra:
 * the cache has it, the source has not. Corrupt: what the cache holds is not what was written, or only part of it.
 */
export const DRIFT_KINDS = ['missing', 'stale', 'extra', 'corrupt'] as const;

export type DriftKind = (typeof DRIFT_KINDS)[number];

export type DriftCounts = Readonly<Record<DriftKind, number>>;

export const NO_DRIFT: DriftCounts = { missing: 0, stale: 0, extra: 0, corrupt: 0 };

export function addDrift(a: DriftCounts, b: DriftCounts): DriftCounts {
  return {
    missing: a.missing + b.missing,
    stale: a.stale + b.stale,
    extra: a.extra + b.extra,
    corrupt: a.corrupt + b.corrupt,
  };
}

export function totalDrift(counts: DriftCounts): number {
  return counts.missing + counts.stale + counts.extra + counts.corrupt;
}

/** Ids kept of each kind; the counts are always whole. */
export const DRIFT_IDS = 200;

/** What the last audit of a partition found. */
export interface DriftReport extends PartitionKey {
  readonly run: string;
  /** This machine's clock. */
  readonly at: Instant;
  readonly counts: DriftCounts;
  /** Up to `DRIFT_IDS` ids of each kind. */
  readonly ids: Readonly<Record<DriftKind, readonly string[]>>;
  readonly repaired: boolean;
  /** Records the source showed for this partition. */
  readonly swept: number;
  /** Records whose contents were compared inside the cache; 0 where nothing was the matter there. */
  readonly compared: number;
  /** Calls this partition cost by itself, besides its share of the sweep. */
  readonly sourceCalls: number;
  readonly cacheCommands: number;
}
