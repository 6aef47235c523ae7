import { plusDays } from '../../../lib/sources/kit/plain-date.ts';
import type { VendorRecord, VendorStream } from '../simulated-vendor.ts';
import type { RentalBehaviour } from './rental-behaviour.ts';
import { bookingNoOf, type RentalStore, type RowKind, type StoredRow } from './rental-store.ts';
import { locationText, rowText } from './row-text.ts';

export interface ShownData {
  readonly store: RentalStore;
  readonly behaviour: () => RentalBehaviour;
}

/** The partition that all stores are in. */
export const STORES_PARTITION = 'all';
/** Days back that a delta of the source reaches by default. */
const WINDOW_DAYS = 7;
const LEAD_TYPES: Readonly<Record<RowKind, string>> = { bookings: 'booking', returns: 'return' };

/** The locations as records: what is inserted is a store that takes no bookings yet. */
export function storeStream({ store, behaviour }: ShownData): VendorStream {
  let changes = 0;
  return {
    name: 'stores',
    partitions: () => [STORES_PARTITION],
    records: () =>
      store.locations().map((location) => ({
        id: location.id,
        partition: STORES_PARTITION,
        body: locationText(location, behaviour()),
      })),
    insert: () => {
      const id = `new-${++changes}`;
      store.setLocation({ id, name: `Store ${id}`, values: {} });
      return id;
    },
    edit: (id) => {
      const location = store.locations().find((candidate) => candidate.id === id);
      if (location !== undefined) store.setLocation({ ...location, values: { address: `Street ${++changes}` } });
    },
    remove: (id) => store.removeLocation(id),
  };
}

/**
 * Bookings or returns. Who edits a row that is older than a delta reaches back moves it to today as well, as a customer
 * does who comes again: an edit that changes no day is seen by a read of everything alone (`RentalStore.change`).
 */
export function rowStream(shown: ShownData, kind: RowKind, locations: readonly string[]): VendorStream {
  const { store } = shown;
  const keyOf = (id: string) => store.rows(kind).find((row) => recordId(row) === id)?.key ?? '';
  let edits = 0;
  return {
    name: kind,
    partitions: () => locations,
    records: () => store.rows(kind).map((row) => recordOf(row, shown)),
    insert: (location, agoMs = 0) => {
      const row = store.row(store.insert(kind, { location, day: store.dayBefore(agoMs) }));
      if (row === undefined) throw new Error('the row that was inserted is not there');
      return recordId(row);
    },
    edit: (id) => {
      const key = keyOf(id);
      const isOld = (store.row(key)?.day ?? '') < plusDays(store.today(), 1 - WINDOW_DAYS);
      store.change(key, { remarks: `edit ${++edits}` }, isOld ? store.today() : undefined);
    },
    remove: (id) => store.remove(keyOf(id)),
  };
}

/** The id under which the cache holds a row that has a booking number. */
export function recordId(row: StoredRow): string {
  return `${bookingNoOf(row)}:${LEAD_TYPES[row.kind]}`;
}

function recordOf(row: StoredRow, { store, behaviour }: ShownData): VendorRecord {
  const location = store.locations().find(({ id }) => id === row.location);
  return { id: recordId(row), partition: row.location, body: rowText(row, location, behaviour()) };
}
