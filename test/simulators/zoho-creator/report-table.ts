import type { Instant } from '../../../lib/domain/instant.ts';
import type { StoredRow } from './stored-row.ts';

/** A place in a walk: right behind the row with this hash and id. */
export interface WalkPlace {
  readonly hash: number;
  readonly id: string;
}

export type WalkOrder = 'hash' | 'id';

/** One report's rows, walked in an order that has nothing to do with time. */
export class ReportTable {
  readonly #rows = new Map<string, StoredRow>();
  #walk: { readonly order: WalkOrder; readonly rows: readonly StoredRow[] } | undefined;

  get size(): number {
    return this.#rows.size;
  }

  get(id: string): StoredRow | undefined {
    return this.#rows.get(id);
  }

  all(): StoredRow[] {
    return [...this.#rows.values()];
  }

  put(row: StoredRow): void {
    this.#rows.set(row.id, row);
    this.#walk = undefined;
  }

  delete(id: string): boolean {
    this.#walk = undefined;
    return this.#rows.delete(id);
  }

  /** The rows behind a place, as they are now. The row at the place may be gone. */
  behind(place: WalkPlace | undefined, order: WalkOrder): readonly StoredRow[] {
    const rows = this.#inOrder(order);
    if (!place) return rows;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = rows[middle];
      if (row && comparePlaces(row, place, order) <= 0) low = middle + 1;
      else high = middle;
    }
    return rows.slice(low);
  }

  #inOrder(order: WalkOrder): readonly StoredRow[] {
    if (this.#walk?.order === order) return this.#walk.rows;
    const rows = this.all().sort((a, b) => comparePlaces(a, b, order));
    this.#walk = { order, rows };
    return rows;
  }
}

/** The version that an index lagging by `lagMs` knows; `undefined` while it does not know the row at all. */
export function indexedVersion(row: StoredRow, trueNow: Instant, lagMs: number): StoredRow | undefined {
  let version: StoredRow | undefined = row;
  while (version && version.writtenAt > trueNow - lagMs) version = version.previous;
  return version;
}

function comparePlaces(a: WalkPlace, b: WalkPlace, order: WalkOrder): number {
  if (order === 'hash' && a.hash !== b.hash) return a.hash - b.hash;
  if (a.id === b.id) return 0;
  return a.id.length - b.id.length || (a.id > b.id ? 1 : -1);
}
