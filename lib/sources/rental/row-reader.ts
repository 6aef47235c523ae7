import { type Instant, instantFromMs } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  SourceFailure,
  type SourcePage,
  type SourceQuery,
  type SweepQuery,
  type VersionPage,
} from '../../ports/source.ts';
import type { PartitionNamespace } from '../kit/partition-namespace.ts';
import { versionsOf } from '../kit/sweeps.ts';
import { partsOfId } from './identity.ts';
import { onePerId } from './one-per-id.ts';
import { decodeRow, LOCATION_ID, type RowRules } from './record.ts';
import type { RentalClient, RowsAnswer, WindowedStream } from './rental-client.ts';
import type { RentalSettings } from './settings.ts';
import {
  firstPosition,
  readPosition,
  type WindowRules,
  wholeWindow,
  windowAt,
  windowCount,
  writePosition,
} from './windows.ts';

export interface RowReaderParts {
  readonly stream: WindowedStream;
  readonly client: RentalClient;
  readonly clock: Clock;
  readonly settings: RentalSettings;
  readonly namespace: PartitionNamespace;
  readonly windows: WindowRules;
  readonly rows: RowRules;
}

/** Reads bookings or returns: a window of days a page, or a booking number a page. */
export class RowReader {
  readonly #parts: RowReaderParts;

  constructor(parts: RowReaderParts) {
    this.#parts = parts;
  }

  /** @throws SourceFailure */
  async read({ partition, since, ids }: SourceQuery, cursor?: string): Promise<SourcePage> {
    const location = partition === undefined ? undefined : this.#locationOf(partition);
    if (ids === undefined) return this.#readWindow(location, since, cursor);
    const numbers = this.#numbersOf(ids);
    if (numbers !== undefined) return only(ids, await this.#readNumber(location, numbers, cursor));
    const page = only(ids, await this.#readWindow(location, undefined, cursor));
    // Of all the rows there are, those without an id were never any of the records that are asked for.
    return { ...page, rejected: page.rejected.filter(({ reason }) => reason !== 'missing-id' && reason !== 'bad-id') };
  }

  /** As much is read as for a full: the API leaves no contents out. @throws SourceFailure */
  async sweep({ stream, partition }: SweepQuery, cursor?: string): Promise<VersionPage> {
    const page = versionsOf(await this.read({ stream, ...(partition === undefined ? {} : { partition }) }, cursor));
    if (page.next !== undefined) return page;
    // What was entered since the last delta is no drift: the last window is what the next one reads.
    return { ...page, versions: page.versions.map((version) => ({ ...version, modified: MAY_CHANGE_YET })) };
  }

  async #readWindow(location: string | undefined, since: Instant | undefined, cursor?: string): Promise<SourcePage> {
    const { stream, client, windows, clock } = this.#parts;
    const position = cursor === undefined ? firstPosition(since, clock.now(), windows) : readPosition(cursor);
    const { window, next } = windowAt(position, windows);
    const answer = await client.rows(stream, { window, ...locationOf(location) });
    const page = this.#decode(answer, location);
    if (answer.elements.length > 0 && page.records.length + page.rejected.length === 0) throw strangers(stream);
    return { ...page, ...(next === undefined ? {} : { next: writePosition(next) }) };
  }

  async #readNumber(location: string | undefined, numbers: readonly string[], cursor = '0'): Promise<SourcePage> {
    const { stream, client, settings, windows, clock } = this.#parts;
    const place = Number(cursor);
    const bookingNo = numbers[place];
    if (bookingNo === undefined) {
      throw new SourceFailure('source-cursor-expired', 'rental: the page token is of another query');
    }
    const days = settings.bookingNoDates === 'unset' ? {} : { window: wholeWindow(clock.now(), windows) };
    const answer = await client.rows(stream, { bookingNo, ...locationOf(location), ...days }, NUMBER_TIMEOUT_MS);
    const next = place + 1;
    return { ...this.#decode(answer, location), ...(next < numbers.length ? { next: String(next) } : {}) };
  }

  /**
   * The booking numbers to ask for one by one; `undefined` when reading everything is the only way, since a record is
   * known by whose it is, or the shorter one.
   */
  #numbersOf(ids: readonly string[]): readonly string[] | undefined {
    const parts = ids.map(partsOfId).filter((part) => part !== 'none');
    if (parts.length === 0) throw new SourceFailure('source-misconfigured', 'rental: no record has such an id');
    const numbers = new Set(parts.flatMap((part) => (part === 'person' ? [] : [part.number])));
    const { clock, windows } = this.#parts;
    const few = Math.max(FEW_NUMBERS, windowCount(clock.now(), windows));
    return parts.includes('person') || numbers.size > few ? undefined : [...numbers].toSorted();
  }

  #decode({ elements, servedAt, order }: RowsAnswer, location: string | undefined): SourcePage {
    const decoded = elements.map((element) => decodeRow(element, location, this.#parts.rows));
    const records = decoded.flatMap((item) => (item.outcome === 'record' ? [item.record] : []));
    const rejected = decoded.flatMap((item) => (item.outcome === 'rejected' ? [item.rejected] : []));
    return { ...onePerId({ records, rejected }), servedAt, order };
  }

  #locationOf(partition: string): string {
    const own = this.#parts.namespace.own(partition);
    if (own !== undefined && LOCATION_ID.test(own)) return own;
    throw new SourceFailure('source-misconfigured', 'rental: a location id holds letters, digits, _ . and - only');
  }
}

/** After any answer, whatever clocks say. */
const MAY_CHANGE_YET = instantFromMs(Date.UTC(9999, 0, 1));

/** One booking is quickly shown, and the planner, which asks for quarantined ones, has no minutes to wait. */
const NUMBER_TIMEOUT_MS = 60_000;

/** As many are asked for one by one however short the history is: their answers are small. */
const FEW_NUMBERS = 12;

/** Written down, they would fill a partition with the rows of others; left out, it would seem to be empty. */
function strangers(stream: WindowedStream): SourceFailure {
  return new SourceFailure(
    'source-misconfigured',
    `rental ${stream}: no row of the answer names the location that was asked for: check locationParameter, fields.location and rowsNameLocation`,
  );
}

function locationOf(location: string | undefined): { readonly location?: string } {
  return location === undefined ? {} : { location };
}

/** Of a page what was asked for by id; a row that cannot be read at all may be any of them. */
function only(ids: readonly string[], page: SourcePage): SourcePage {
  const wanted = new Set(ids);
  return {
    ...page,
    records: page.records.filter(({ id }) => wanted.has(id)),
    rejected: page.rejected.filter(({ id }) => wanted.has(id) || id.startsWith('hash:')),
  };
}
