import { type Archive, comparePlaces, NO_ARCHIVE, type Place, type Row } from './rows.ts';

/** Behind this an index cannot lag: older versions are forgotten. */
const LONGEST_LAG_MS = 600_000;

interface Version {
  /** Absent once it is deleted. */
  readonly row?: Row;
  /** True time of the write, epoch milliseconds. */
  readonly writtenAt: number;
  readonly before?: Version;
}

export interface Search {
  readonly from?: number;
  readonly before?: number;
  readonly createdFrom?: number;
  readonly createdBefore?: number;
  readonly status?: string;
  readonly sku?: string;
  readonly sortBy: 'update_time' | 'create_time';
  readonly descending: boolean;
}

export interface Found {
  /** How many rows the search has. */
  readonly count: number;
  /** Rows behind a place, in order. */
  after(place: Place | undefined, most: number): readonly Row[];
  /** Rows behind so many. */
  skipping(rows: number, most: number): readonly Row[];
}

/** One shop's records of one kind: what was always there, and over it what was written since. */
export class ShopTable {
  readonly #archive: Archive;
  readonly #written = new Map<string, Version>();
  readonly #overlaid = new Set<number>();

  constructor(archive: Archive = NO_ARCHIVE) {
    this.#archive = archive;
  }

  get(id: string): Row | undefined {
    const written = this.#written.get(id);
    if (written !== undefined) return written.row;
    const index = this.#archive.indexOf(id);
    return index === undefined ? undefined : this.#archive.at(index);
  }

  put(row: Row, writtenAt: number): void {
    this.#write(row.id, { row, writtenAt });
  }

  delete(id: string, writtenAt: number): void {
    if (this.get(id) === undefined) throw new RangeError(`no record ${id}`);
    this.#write(id, { writtenAt });
  }

  /** What is there now, in no order. */
  *all(): Generator<Row> {
    for (let index = 0; index < this.#archive.size; index += 1) {
      if (!this.#overlaid.has(index)) yield this.#archive.at(index);
    }
    for (const { row } of this.#written.values()) if (row !== undefined) yield row;
  }

  /** A few of what is there. */
  *some(most: number): Generator<Row> {
    let left = most;
    for (const row of this.all()) {
      if (left-- <= 0) return;
      yield row;
    }
  }

  get size(): number {
    const there = [...this.#written.values()].filter(({ row }) => row !== undefined);
    return this.#archive.size - this.#overlaid.size + there.length;
  }

  /** @param upTo writes after this true time are not seen yet */
  search(search: Search, upTo: number): Found {
    const isPlain = search.sortBy === 'update_time' && !search.descending && !hasOtherFilters(search);
    return isPlain ? this.#searchInOrder(search, upTo) : foundIn(this.#collect(search, upTo), search);
  }

  /** The order of the archive: nothing is looked at but what is served. */
  #searchInOrder(search: Search, upTo: number): Found {
    const archive = this.#archive;
    const start = search.from === undefined ? 0 : archive.firstFrom(search.from);
    const end = search.before === undefined ? archive.size : Math.max(start, archive.firstFrom(search.before));
    const hidden = [...this.#overlaid].filter((index) => index >= start && index < end).length;
    const written = this.#visible(search, upTo).toSorted(comparePlaces);
    const pageFrom = (place: Place | undefined, skip: number, most: number): readonly Row[] => {
      const rest = place === undefined ? written : written.filter((row) => comparePlaces(row, place) > 0);
      const rows: Row[] = [];
      let toSkip = skip;
      let next = 0;
      for (let index = place === undefined ? start : Math.max(start, archive.firstFrom(place.updated)); ; ) {
        while (index < end && (this.#overlaid.has(index) || isBehind(archive.at(index), place))) index += 1;
        const archived = index < end ? archive.at(index) : undefined;
        const other = rest[next];
        const isArchived = archived !== undefined && (other === undefined || comparePlaces(archived, other) < 0);
        const row = isArchived ? archived : other;
        if (row === undefined || rows.length >= most) return rows;
        if (isArchived) index += 1;
        else next += 1;
        if (toSkip > 0) toSkip -= 1;
        else rows.push(row);
      }
    };
    return {
      count: end - start - hidden + written.length,
      after: (place, most) => pageFrom(place, 0, most),
      skipping: (rows, most) => pageFrom(undefined, rows, most),
    };
  }

  #collect(search: Search, upTo: number): readonly Row[] {
    const archived: Row[] = [];
    for (let index = 0; index < this.#archive.size; index += 1) {
      if (!this.#overlaid.has(index)) archived.push(this.#archive.at(index));
    }
    return [...archived.filter((row) => meets(row, search)), ...this.#visible(search, upTo)];
  }

  /** Of what was written, what a search sees by then. */
  #visible(search: Search, upTo: number): readonly Row[] {
    return [...this.#written].flatMap(([id, newest]) => {
      let version: Version | undefined = newest;
      while (version !== undefined && version.writtenAt > upTo) version = version.before;
      const index = version === undefined ? this.#archive.indexOf(id) : undefined;
      const row = index === undefined ? version?.row : this.#archive.at(index);
      return row !== undefined && meets(row, search) ? [row] : [];
    });
  }

  #write(id: string, version: Version): void {
    const before = this.#written.get(id);
    const kept = before && recent(before, version.writtenAt - LONGEST_LAG_MS);
    this.#written.set(id, { ...version, ...(kept === undefined ? {} : { before: kept }) });
    const index = this.#archive.indexOf(id);
    if (index !== undefined) this.#overlaid.add(index);
  }
}

/** The versions down to the first that any index knows by then. */
function recent(version: Version, settledBy: number): Version {
  if (version.before === undefined) return version;
  const { before, ...own } = version;
  return version.writtenAt <= settledBy ? own : { ...own, before: recent(before, settledBy) };
}

function hasOtherFilters({ createdFrom, createdBefore, status, sku }: Search): boolean {
  return [createdFrom, createdBefore, status, sku].some((filter) => filter !== undefined);
}

function meets(row: Row, search: Search): boolean {
  const { from, before, createdFrom, createdBefore, status, sku } = search;
  return (
    (from === undefined || row.updated >= from) &&
    (before === undefined || row.updated < before) &&
    (createdFrom === undefined || row.created >= createdFrom) &&
    (createdBefore === undefined || row.created < createdBefore) &&
    (status === undefined || row.status === status) &&
    (sku === undefined || row.text.includes(`"seller_sku":"${sku}"`))
  );
}

function isBehind(row: Row, place: Place | undefined): boolean {
  return place !== undefined && comparePlaces(row, place) <= 0;
}

/** Any other order: everything is looked at and sorted. */
function foundIn(rows: readonly Row[], { sortBy, descending }: Search): Found {
  const keyed = (row: Row): Place => ({ id: row.id, updated: sortBy === 'update_time' ? row.updated : row.created });
  const sorted = rows.toSorted((a, b) => comparePlaces(keyed(a), keyed(b)) * (descending ? -1 : 1));
  return {
    count: sorted.length,
    after: (place, most) => {
      const start = place === undefined ? 0 : sorted.findIndex(({ id }) => id === place.id) + 1;
      return sorted.slice(start, start + most);
    },
    skipping: (count, most) => sorted.slice(count, count + most),
  };
}
