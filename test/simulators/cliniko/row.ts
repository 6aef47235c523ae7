/** In which way a row has left. */
export type Leaving = 'deleted' | 'archived' | 'cancelled';

/** A field's JSON text by its name, in the order in which the vendor sends them. */
export type Fields = readonly (readonly [name: string, json: string])[];

/** A row as it was from one write to the next. Times of the vendor are of its wall clock, in milliseconds. */
export interface RowVersion {
  /** True clock: what index lag is measured from. */
  readonly writtenAtMs: number;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly left: Readonly<Partial<Record<Leaving, number>>>;
  /** Of an appointment. */
  readonly startsMs?: number;
  /** What people write into it. */
  readonly values: Readonly<Record<string, unknown>>;
}

export interface Row {
  readonly id: string;
  /** Oldest first. */
  readonly versions: readonly RowVersion[];
}

/** The version that was there at a true instant; `undefined` when there was none yet. */
export function versionAt({ versions }: Row, trueMs: number): RowVersion | undefined {
  return versions.findLast(({ writtenAtMs }) => writtenAtMs <= trueMs);
}

/** Seconds, as the vendor shows them; it keeps more. */
export function shownTime(ms: number): string {
  return `${new Date(Math.floor(ms / 1_000) * 1_000).toISOString().slice(0, 19)}Z`;
}
