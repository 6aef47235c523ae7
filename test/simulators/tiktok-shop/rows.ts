/** A record as a search or a detail shows it. Times are epoch seconds. */
export interface Row {
  readonly id: string;
  readonly created: number;
  readonly updated: number;
  readonly status: string;
  /** To the byte as the search sends it. */
  readonly text: string;
}

/** Where in the order of update times something stands. */
export type Place = Pick<Row, 'updated' | 'id'>;

export function comparePlaces(a: Place, b: Place): number {
  return a.updated - b.updated || compareIds(a.id, b.id);
}

/** Ids of different lengths too compare as numbers. */
function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

/** Rows that have been there for long, in order of update time, and never change in it. */
export interface Archive {
  readonly size: number;
  at(index: number): Row;
  /** Of a row of the archive. */
  indexOf(id: string): number | undefined;
  /** The first index whose row was updated at or after this second. */
  firstFrom(second: number): number;
}

export const NO_ARCHIVE: Archive = {
  size: 0,
  at: (index) => {
    throw new RangeError(`no row ${index}`);
  },
  indexOf: () => undefined,
  firstFrom: () => 0,
};
