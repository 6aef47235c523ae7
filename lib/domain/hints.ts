/** A record that a webhook told of. */
export interface HintedRecord {
  readonly id: string;
  /** The partition that knows it, where the webhook named it. */
  readonly partition?: string;
}

/** The least time between two reads of one stream's hints: what comes in between is read together. */
export const HINT_GAP_MS = 5_000;

/** Records asked for at a time: what most vendors take in one call. */
export const HINTS_AT_ONCE = 50;

/** Records that may wait. A flood beyond them is left to the next delta. */
export const HINTS_WAITING = 500;

/** Records of one delivery that are looked at. */
export const HINTS_PER_DELIVERY = 200;

/** How often records are put back because others held their partitions, before they are left to the next delta. */
export const HINT_TRIES = 5;
