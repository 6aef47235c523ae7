import { isPlainDate } from '../../../lib/sources/kit/plain-date.ts';
import { type AnswerShape, inCase, type RentalApiName, type RentalBehaviour, shapeOf } from './rental-behaviour.ts';
import { bookingNoOf, type RentalStore, type RowKind, type StoredRow } from './rental-store.ts';
import { locationText, rowText } from './row-text.ts';

export interface RentalCall {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface RentalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly latencyMs: number;
}

export const PATHS = {
  stores: '/api/Location/LocationList',
  bookings: '/api/GetBooking/GetBookingSummary',
  returns: '/api/Reports/GetReturnReport',
} as const;

const FIELDS = ['bookingNo', 'dateFrom', 'dateTo', 'userName', 'months', 'fromLocation', 'userID', 'locationID'];
const CONTENT_TYPES = ['application/json', 'application/json-patch+json'];

type RequestFields = Readonly<Record<string, string>>;

export interface RentalApiOptions {
  readonly store: RentalStore;
  readonly behaviour: () => RentalBehaviour;
  /** How long a new row stays out of answers that are asked for by days. */
  readonly lagMs: () => number;
  readonly nowMs: () => number;
}

/** The rental API: three questions, and everything that matches in one answer. */
export class RentalApi {
  readonly #options: RentalApiOptions;

  constructor(options: RentalApiOptions) {
    this.#options = options;
  }

  answer(call: RentalCall): RentalAnswer {
    const behaviour = this.#options.behaviour();
    const api = apiOf(call.path);
    if (api === undefined) return plain(404, { message: 'No HTTP resource was found that matches the request URI.' });
    if (call.method !== (api === 'stores' ? 'GET' : 'POST')) return plain(405, { message: 'Method not allowed' });
    if (behaviour.token !== undefined && call.headers.authorization !== `Bearer ${behaviour.token}`) {
      return plain(401, { status: false, errorDescription: 'Authorization has been denied for this request.' });
    }
    return api === 'stores' ? this.#stores(behaviour) : this.#rows(api, call, behaviour);
  }

  #stores(behaviour: RentalBehaviour): RentalAnswer {
    const rows = this.#options.store.locations().map((location) => locationText(location, behaviour));
    return wrapped(rows, shapeOf(behaviour, 'stores', ''));
  }

  #rows(kind: RowKind, { headers, body }: RentalCall, behaviour: RentalBehaviour): RentalAnswer {
    const type = headers['content-type']?.split(';')[0]?.trim() ?? '';
    const accepted = behaviour.contentType === undefined ? CONTENT_TYPES : [behaviour.contentType];
    if (!accepted.includes(type)) return plain(415, { title: 'Unsupported Media Type', status: 415 });
    const fields = readFields(body);
    if (fields === undefined) return plain(400, { title: 'One or more validation errors occurred.', status: 400 });
    const location = (fields.locationID ?? '') || (fields.fromLocation ?? '');
    const { store } = this.#options;
    const places = new Map(store.locations().map((place) => [place.id, place]));
    const rows = store
      .rows(kind)
      .filter((row) => location === '' || !behaviour.heedsLocation || row.location === location)
      .filter((row) => this.#matches(row, fields, behaviour))
      .map((row) => rowText(row, places.get(row.location), behaviour));
    return wrapped(rows, shapeOf(behaviour, kind, location));
  }

  #matches(row: StoredRow, fields: RequestFields, { numberNeedsDays }: RentalBehaviour): boolean {
    const { bookingNo = '', dateFrom = '', dateTo = '' } = fields;
    const isDated = dateFrom !== '' || dateTo !== '';
    if (bookingNo !== '' && bookingNoOf(row) !== bookingNo) return false;
    if (!isDated) return bookingNo !== '' && !numberNeedsDays;
    if (bookingNo === '' && this.#options.nowMs() - row.enteredMs < this.#options.lagMs()) return false;
    return (dateFrom === '' || row.day >= dateFrom) && (dateTo === '' || row.day <= dateTo);
  }
}

export function plain(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): RentalAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    latencyMs: 0,
  };
}

function apiOf(path: string): RentalApiName | undefined {
  if (path === PATHS.stores) return 'stores';
  if (path === PATHS.bookings || path === '/api/Repo/GetBookingSummary') return 'bookings';
  return path === PATHS.returns ? 'returns' : undefined;
}

/** All eight fields as strings, days as `yyyy-MM-dd`; `undefined` when the body is anything else. */
function readFields(body: string): RequestFields | undefined {
  const parsed = parse(body);
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value !== 'string' || !FIELDS.includes(name)) return undefined;
    fields[name] = value;
  }
  const days = [fields.dateFrom, fields.dateTo];
  const areDays = days.every((day) => day === undefined || day === '' || isPlainDate(day));
  return FIELDS.every((name) => name in fields) && areDays ? fields : undefined;
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function wrapped(rows: readonly string[], shape: AnswerShape): RentalAnswer {
  const { latencyMs = 0 } = shape;
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { status: 200, headers, body: bodyOf(`[${rows.join(',\n')}]`, shape), latencyMs };
}

function bodyOf(array: string, { wrapper, fieldCase, trouble, errorDescription }: AnswerShape): string {
  const key = (name: string) => JSON.stringify(inCase(name, fieldCase));
  const said = JSON.stringify(errorDescription ?? '');
  const envelope = (status: boolean, set: string) =>
    `{${key('status')}: ${status}, ${key('errorDescription')}: ${said}, ${key('dataSet')}: ${set}}`;
  switch (trouble) {
    case 'status-false':
      return envelope(false, 'null');
    case 'status-false-empty':
      return envelope(false, `{${key('data')}: []}`);
    case 'dataset-null':
      return envelope(true, 'null');
    case undefined:
      break;
  }
  switch (wrapper) {
    case 'bare':
      return array;
    case 'dataSet.data':
      return envelope(true, `{${key('data')}: ${array}}`);
    case 'dataSet':
      return envelope(true, array);
    case 'data':
    case 'result':
      return `{${key(wrapper)}: ${array}}`;
  }
}
