import { ZoneClock } from '../../domain/zone-clock.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  type DiscoveredPartition,
  type PartitionPage,
  type Source,
  SourceFailure,
  type SourcePage,
  type SourceQuery,
  type StreamDefinition,
  type SweepQuery,
  type VersionPage,
} from '../../ports/source.ts';
import type { PartitionNamespace } from '../kit/partition-namespace.ts';
import { sweepByReading } from '../kit/sweeps.ts';
import { type FieldNames, fieldNames } from './field-names.ts';
import { firstOf, rowFields } from './fields.ts';
import { type IdentityRules, identitiesOf } from './identity.ts';
import { noStoreIds } from './no-store-ids.ts';
import { onePerId } from './one-per-id.ts';
import { decodeStore, LOCATION_ID } from './record.ts';
import type { RentalClient, WindowedStream } from './rental-client.ts';
import { RowReader } from './row-reader.ts';
import type { RentalSettings } from './settings.ts';

const STORES = 'stores';
/** The one partition of the stores, as the source would name it. */
const ALL_STORES = 'all';
const MAX_TITLE_LENGTH = 200;

export interface RentalParts {
  readonly settings: RentalSettings;
  readonly client: RentalClient;
  readonly clock: Clock;
  readonly namespace: PartitionNamespace;
}

/** Reads the stores, and the bookings and returns of each location, of one rental company. */
export class RentalSource implements Source {
  readonly streams: readonly StreamDefinition[];
  readonly #parts: RentalParts;
  readonly #fields: FieldNames;
  readonly #bookings: RowReader;
  readonly #returns: RowReader;

  constructor(parts: RentalParts) {
    this.#parts = parts;
    this.#fields = fieldNames(parts.settings.fields);
    this.#bookings = this.#readerOf('bookings');
    this.#returns = this.#readerOf('returns');
    this.streams = [
      { name: STORES, partitionKind: 'chain', coverage: 'stream', locators: false },
      this.#definitionOf('bookings'),
      this.#definitionOf('returns'),
    ];
  }

  read(query: SourceQuery, cursor?: string): Promise<SourcePage> {
    switch (query.stream) {
      case STORES:
        return this.#readStores(query);
      case 'bookings':
        return this.#bookings.read(query, cursor);
      case 'returns':
        return this.#returns.read(query, cursor);
      default:
        throw unknownStream(query.stream);
    }
  }

  sweep(query: SweepQuery, cursor?: string): Promise<VersionPage> {
    switch (query.stream) {
      case 'bookings':
        return this.#bookings.sweep(query, cursor);
      case 'returns':
        return this.#returns.sweep(query, cursor);
      default:
        return sweepByReading(this, query, cursor);
    }
  }

  async listPartitions(stream: string): Promise<PartitionPage> {
    if (!this.streams.some(({ name }) => name === stream)) throw unknownStream(stream);
    const { client, namespace } = this.#parts;
    if (stream === STORES) return { partitions: [{ id: namespace.stored(ALL_STORES), title: 'All stores' }] };
    const { elements } = await client.stores();
    this.#expectIds(elements);
    return { partitions: elements.flatMap((element) => this.#locationOf(element)) };
  }

  isPartitionId(stream: string, text: string): boolean {
    const own = this.#parts.namespace.own(text);
    if (own === undefined) return false;
    if (stream === STORES) return own === ALL_STORES;
    return this.streams.some(({ name }) => name === stream) && LOCATION_ID.test(own);
  }

  /** Every read of the stores sees all of them, whatever is asked for. */
  async #readStores({ partition, ids }: SourceQuery): Promise<SourcePage> {
    const stored = this.#parts.namespace.stored(ALL_STORES);
    if (partition !== undefined && partition !== stored) {
      throw new SourceFailure('source-misconfigured', `rental: the stores are in one partition, ${ALL_STORES}`);
    }
    const { elements, servedAt, order } = await this.#parts.client.stores();
    this.#expectIds(elements);
    const decoded = elements.map((element) => decodeStore(element, stored, this.#fields));
    const records = decoded.flatMap((item) => (item.outcome === 'record' ? [item.record] : []));
    const rejected = decoded.flatMap((item) => (item.outcome === 'rejected' ? [item.rejected] : []));
    const rows = onePerId({ records, rejected });
    if (ids === undefined) return { ...rows, servedAt, order };
    const wanted = new Set(ids);
    return { ...rows, records: rows.records.filter(({ id }) => wanted.has(id)), servedAt, order };
  }

  /** A list of rows without ids, taken for an empty one, would look as if the company had closed. */
  #expectIds(elements: readonly string[]): void {
    const hasId = (element: string) => firstOf(rowFields(element) ?? new Map(), this.#fields.storeId) !== undefined;
    if (elements.length === 0 || elements.some(hasId)) return;
    throw new SourceFailure('source-misconfigured', `rental stores: ${noStoreIds(elements)}`);
  }

  #locationOf(element: string): readonly DiscoveredPartition[] {
    const row = rowFields(element);
    const id = row && firstOf(row, this.#fields.storeId);
    if (row === undefined || id === undefined || !LOCATION_ID.test(id)) return [];
    const title = firstOf(row, this.#fields.storeName)?.slice(0, MAX_TITLE_LENGTH);
    return [{ id: this.#parts.namespace.stored(id), ...(title === undefined ? {} : { title }) }];
  }

  #definitionOf(stream: WindowedStream): StreamDefinition {
    const rules = this.#identityRules(stream);
    return {
      name: stream,
      partitionKind: 'location',
      coverage: 'partition',
      // Booking numbers may be each location's own.
      locators: false,
      slow: true,
      identities: (body) => identitiesOf(body, rules),
    };
  }

  #readerOf(stream: WindowedStream): RowReader {
    const { settings, client, clock, namespace } = this.#parts;
    const { historyFrom, daysPerCall, rowsNameLocation, timeZone } = settings;
    const { windowDays, futureDays } = settings[stream];
    return new RowReader({
      stream,
      client,
      clock,
      settings,
      namespace,
      windows: { windowDays, futureDays, historyFrom, daysPerCall, clock: new ZoneClock(timeZone) },
      rows: { identity: this.#identityRules(stream), namespace, rowsNameLocation },
    });
  }

  #identityRules(stream: WindowedStream): IdentityRules {
    const { settings } = this.#parts;
    return { fields: this.#fields, phone: settings.phone, leadType: settings[stream].leadType };
  }
}

function unknownStream(stream: string): SourceFailure {
  return new SourceFailure('source-misconfigured', `rental has no stream ${JSON.stringify(stream.slice(0, 32))}`);
}
