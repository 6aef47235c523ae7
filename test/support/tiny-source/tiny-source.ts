import { nextReset } from '../../../lib/domain/day-quota.ts';
import { bucketOf } from '../../../lib/domain/digest.ts';
import { EPOCH, parseIsoInstant, toIso } from '../../../lib/domain/instant.ts';
import { contentHash, type RejectedRecord, type RemovedRecord, type SourceRecord } from '../../../lib/domain/record.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import type { Connection } from '../../../lib/ports/connections.ts';
import {
  type PartitionPage,
  type Source,
  type SourceCalls,
  SourceFailure,
  type SourceKind,
  type SourcePage,
  type SourceQuery,
  type SourceResponse,
  type SourceTools,
  type StreamDefinition,
  type SweepQuery,
  type VersionPage,
} from '../../../lib/ports/source.ts';

/** A second kind of source, in one file: what the core demands of any source and nothing more. */
export const tinySource: SourceKind = {
  kind: 'tiny',
  problems: ({ settings }) =>
    typeof settings.url === 'string' ? [] : ['settings.url: expected the address of the library'],
  limits: ({ settings }) => ({
    perMinute: typeof settings.perMinute === 'number' ? settings.perMinute : 10_000,
    concurrent: 5,
    resetZone: zoneOf(settings),
    callTimeoutMs: 30_000,
    ...(typeof settings.perDay === 'number' ? { perDay: settings.perDay } : {}),
  }),
  open: ({ settings }, tools) => new TinySource(tools, settings),
};

type Settings = Connection['settings'];

function zoneOf({ resetZone }: Settings): string {
  return typeof resetZone === 'string' ? resetZone : 'UTC';
}

class TinySource implements Source {
  readonly streams: readonly StreamDefinition[];
  readonly #calls: SourceCalls;
  readonly #clock: Clock;
  readonly #url: string;
  readonly #zone: string;
  readonly #segmented: boolean;
  /** Whether what is changed goes to another segment. */
  readonly #wandering: boolean;

  constructor({ calls, clock }: SourceTools, settings: Settings) {
    const coverage = settings.coverage === 'partition' ? 'partition' : 'stream';
    this.#calls = calls;
    this.#clock = clock;
    this.#url = String(settings.url);
    this.#zone = zoneOf(settings);
    const layout = typeof settings.layout === 'number' ? { layout: settings.layout } : {};
    this.#wandering = settings.segmented === 'wandering';
    this.#segmented = settings.segmented === true || this.#wandering;
    const segmented = this.#segmented ? { segmented: true } : {};
    const identified = settings.identified === true ? { identities: titlesOf } : {};
    const slow = settings.slow === true ? { slow: true } : {};
    const common = {
      partitionKind: 'shelf',
      coverage,
      locators: settings.locators !== false,
      ...layout,
      ...segmented,
      ...slow,
      ...identified,
    } as const;
    const books = { name: 'books', ...common };
    this.streams = settings.copies === true ? [books, { ...books, name: 'copies' }] : [books];
  }

  async read(query: SourceQuery, cursor?: string): Promise<SourcePage> {
    const parameters = new URLSearchParams();
    if (query.since !== undefined) parameters.set('since', toIso(query.since));
    // A record that is asked for by its id is wanted wherever it is.
    if (query.partition !== undefined && query.ids === undefined) parameters.set('shelf', query.partition);
    if (query.ids !== undefined) parameters.set('ids', query.ids.join(','));
    if (cursor !== undefined) parameters.set('cursor', cursor);
    return this.#books(parameters);
  }

  async sweep(query: SweepQuery, cursor?: string): Promise<VersionPage> {
    const parameters = new URLSearchParams({ fields: 'version' });
    if (query.partition !== undefined) parameters.set('shelf', query.partition);
    if (cursor !== undefined) parameters.set('cursor', cursor);
    const { records, rejected: _, removed: _left, ...page } = await this.#books(parameters);
    return { ...page, versions: records.map(({ id, partition, modified }) => ({ id, partition, modified })) };
  }

  async listPartitions(): Promise<PartitionPage> {
    const { books: shelves } = parse(await this.#get('/shelves'), 'shelves');
    return { partitions: shelves.map((shelf) => readShelf(shelf)) };
  }

  isPartitionId(_stream: string, text: string): boolean {
    return /^[a-z0-9-]{1,40}$/.test(text);
  }

  async #books(parameters: URLSearchParams): Promise<SourcePage> {
    const response = await this.#get(`/books?${parameters.toString()}`);
    const { books, next, left, total } = parse(response, 'books');
    const records: SourceRecord[] = [];
    const rejected: RejectedRecord[] = [];
    for (const body of books) {
      const record = readBook(String(body));
      if ('reason' in record) rejected.push(record);
      else records.push(this.#segmented ? { ...record, segment: this.#segmentOf(record) } : record);
    }
    return {
      records,
      rejected,
      servedAt: response.date,
      order: response.order,
      ...(typeof total === 'number' ? { total } : {}),
      ...(left.length === 0 ? {} : { removed: left.map(readLeft) }),
      ...(typeof next === 'string' ? { next } : {}),
    };
  }

  #segmentOf({ id, body }: SourceRecord): string {
    return segmentOf(this.#wandering ? contentHash(body) : id);
  }

  async #get(path: string): Promise<SourceResponse> {
    const response = await this.#calls.send({ method: 'GET', url: `${this.#url}${path}`, headers: {} });
    if (response.status === 429) throw limit('source-rate-limited', response);
    if (response.status === 402) throw this.#quotaSpent(response);
    if (response.status === 410)
      throw new SourceFailure('source-cursor-expired', 'the page token is gone', { status: 410 });
    if (response.status === 403) throw new SourceFailure('source-misconfigured', 'no right to read', { status: 403 });
    if (response.status !== 200)
      throw new SourceFailure('source-unavailable', `status ${response.status}`, { status: response.status });
    return response;
  }

  /** Told for how long, or until the day ends. */
  #quotaSpent(response: SourceResponse): SourceFailure {
    if (response.headers['retry-after'] !== undefined) return limit('source-quota-spent', response);
    const retryAt = nextReset(this.#zone, this.#clock.now());
    return new SourceFailure('source-quota-spent', "the day's calls are spent", { status: 402, retryAt });
  }
}

function limit(code: 'source-rate-limited' | 'source-quota-spent', response: SourceResponse): SourceFailure {
  const seconds = Number(response.headers['retry-after'] ?? 60);
  const retryAt = parseIsoInstant(new Date(response.date + seconds * 1000).toISOString());
  return new SourceFailure(code, 'too many calls', { status: response.status, ...(retryAt ? { retryAt } : {}) });
}

interface Answer {
  readonly books: readonly unknown[];
  readonly left: readonly unknown[];
  readonly total: unknown;
  readonly next: unknown;
}

function parse(response: SourceResponse, list: string): Answer {
  let answer: unknown;
  try {
    answer = JSON.parse(response.body);
  } catch (cause) {
    throw new SourceFailure('source-malformed', 'the answer is no JSON', { status: response.status, cause });
  }
  if (typeof answer !== 'object' || answer === null)
    throw new SourceFailure('source-malformed', 'the answer is no object');
  const entries = new Map<string, unknown>(Object.entries(answer));
  const [books, left] = [entries.get(list), entries.get('left')];
  if (!Array.isArray(books)) throw new SourceFailure('source-malformed', `the answer has no ${list}`);
  return { books, left: Array.isArray(left) ? left : [], total: entries.get('total'), next: entries.get('next') };
}

function readBook(body: string): SourceRecord | RejectedRecord {
  const book: { id?: string; shelf?: string; changed?: string } = JSON.parse(body);
  const modified = parseIsoInstant(book.changed ?? '');
  const hash = contentHash(body);
  if (book.id === undefined) return { id: `hash:${hash}`, reason: 'missing-id', contentHash: hash };
  if (modified === undefined) return { id: book.id, reason: 'missing-modified-time', contentHash: hash };
  return book.shelf === undefined || book.shelf === ''
    ? { id: book.id, reason: 'missing-partition', contentHash: hash, modified }
    : { id: book.id, partition: book.shelf, modified, body };
}

/** Books of one title are the same book. */
function titlesOf(body: string): readonly string[] {
  const { text = '' }: { text?: string } = JSON.parse(body);
  return text === '' ? [] : [text];
}

function readLeft(left: unknown): RemovedRecord {
  const {
    id = '',
    shelf = '',
    changed = '',
  }: { id?: string; shelf?: string; changed?: string } = typeof left === 'object' && left !== null ? left : {};
  return { id, partition: shelf, modified: parseIsoInstant(changed) ?? EPOCH };
}

const SEGMENTS = 3;

/** Nothing about a book but its id stays as it is for ever. */
function segmentOf(text: string): string {
  return `0${bucketOf(text) % SEGMENTS}`;
}

function readShelf(shelf: unknown): { readonly id: string; readonly title?: string } {
  const { id, title }: { id?: string; title?: string } = typeof shelf === 'object' && shelf !== null ? shelf : {};
  return { id: id ?? '', ...(title === undefined ? {} : { title }) };
}
