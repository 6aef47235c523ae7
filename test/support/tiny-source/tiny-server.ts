import { type Instant, instantFromMs, plusMs, toIso } from '../../../lib/domain/instant.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import { type Http, HttpFailure, type HttpRequest, type HttpResponse } from '../../../lib/ports/http.ts';

export interface TinyRecord {
  readonly id: string;
  readonly shelf: string;
  readonly changed: Instant;
  /** Before this instant of the server's clock queries with a time bound do not see the change: index lag. */
  readonly visibleAt: Instant;
  readonly text: string;
}

export type TinyAnswer =
  | { readonly status: number; readonly body: string; readonly retryAfter?: string }
  | 'network-error';

/** A made-up source of books on shelves, in memory, with a clock of its own: small enough to see through. */
export class TinyServer implements Http {
  readonly records = new Map<string, TinyRecord>();
  readonly shelves = new Map<string, string>();
  /** What it says has left. */
  readonly left: Pick<TinyRecord, 'id' | 'shelf' | 'changed'>[] = [];
  /** Whether answers say how many records the whole query has. */
  tellsTotal = false;
  /** Whether reads without a bound on time tell what has left, too. */
  listsLeft = false;
  readonly requests: URL[] = [];
  /** When each request came, by this machine's clock. */
  readonly requestedAt: Instant[] = [];
  /** Whether no request is answered. */
  down = false;
  /** Calls that are answered before the day's are spent. */
  callsLeft = Number.POSITIVE_INFINITY;
  pageSize = 1_000;
  lagMs = 0;
  skewMs = 0;
  /** Answers given instead of the true one, in order. */
  readonly scripted: TinyAnswer[] = [];
  /** Called before a page is served: the place for edits while somebody pages. */
  beforePage: (page: number) => void | Promise<void> = () => {};
  #page = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): Instant {
    return plusMs(this.#clock.now(), this.skewMs);
  }

  /** Inserts or edits; modified times have one-second precision, as the vendors' have. */
  put(id: string, shelf: string, text: string, at: Instant = this.now()): void {
    const changed = instantFromMs(Math.floor(at / 1000) * 1000);
    this.records.set(id, { id, shelf, text, changed, visibleAt: plusMs(this.now(), this.lagMs) });
    if (!this.shelves.has(shelf)) this.shelves.set(shelf, `Shelf ${shelf}`);
  }

  remove(id: string): void {
    this.records.delete(id);
  }

  /** Removes a record, and says so to whoever asks what changed since, or asks for it by its id. */
  retire(id: string, at: Instant = this.now()): void {
    const record = this.records.get(id);
    this.records.delete(id);
    this.left.push({ id, shelf: record?.shelf ?? '', changed: instantFromMs(Math.floor(at / 1000) * 1000) });
  }

  /** What the source holds for a shelf: record id → exact text. */
  truth(shelf: string): ReadonlyMap<string, string> {
    const own = [...this.records.values()].filter((record) => record.shelf === shelf);
    return new Map(own.map((record) => [record.id, bodyOf(record)]));
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const url = new URL(request.url);
    this.requests.push(url);
    this.requestedAt.push(this.#clock.now());
    if (this.down) throw new HttpFailure('http-network', 'connection refused');
    if (this.callsLeft <= 0) return { status: 402, headers: {}, body: '', date: this.#date() };
    this.callsLeft -= 1;
    const scripted = this.scripted.shift();
    if (scripted === 'network-error') throw new HttpFailure('http-network', 'connection reset');
    if (scripted !== undefined) {
      const headers = scripted.retryAfter === undefined ? {} : { 'retry-after': scripted.retryAfter };
      return { status: scripted.status, headers, body: scripted.body, date: this.#date() };
    }
    const body = url.pathname === '/shelves' ? this.#shelves() : await this.#books(url.searchParams);
    return { status: 200, headers: {}, body, date: this.#date() };
  }

  #date(): Instant {
    return instantFromMs(Math.floor(this.now() / 1000) * 1000);
  }

  #shelves(): string {
    return JSON.stringify({ shelves: [...this.shelves].map(([id, title]) => ({ id, title })) });
  }

  async #books(query: URLSearchParams): Promise<string> {
    this.#page += 1;
    await this.beforePage(this.#page);
    // By key and not by number: a record that comes or goes meanwhile moves no other from page to page.
    const after = query.get('cursor') ?? '';
    const all = this.#select(query);
    const matching = all.filter(({ id }) => id > after);
    const page = matching.slice(0, this.pageSize);
    const last = page.at(-1);
    const next = last !== undefined && page.length < matching.length ? { next: last.id } : {};
    const write = query.get('fields') === 'version' ? versionOf : bodyOf;
    const left = this.#leftOf(query).map(({ changed, ...of }) => ({ ...of, changed: toIso(changed) }));
    return JSON.stringify({
      books: page.map(write),
      ...(left.length === 0 ? {} : { left }),
      ...this.#totalOf(all),
      ...next,
    });
  }

  #totalOf({ length }: readonly TinyRecord[]): { readonly total?: number } {
    return this.tellsTotal ? { total: length } : {};
  }

  /** With the first page. */
  #leftOf(query: URLSearchParams): TinyServer['left'] {
    const [since, shelf, ids] = [query.get('since'), query.get('shelf'), query.get('ids')?.split(',')];
    if (query.has('cursor') || query.has('fields')) return [];
    if (since === null && ids === undefined && !this.listsLeft) return [];
    return this.left
      .filter((left) => shelf === null || left.shelf === shelf)
      .filter(({ id }) => ids === undefined || ids.includes(id))
      .filter(({ changed }) => since === null || toIso(changed) >= since);
  }

  #select(query: URLSearchParams): readonly TinyRecord[] {
    const since = query.get('since');
    const shelf = query.get('shelf');
    const ids = query.get('ids')?.split(',');
    return [...this.records.values()]
      .filter((record) => shelf === null || record.shelf === shelf)
      .filter((record) => ids === undefined || ids.includes(record.id))
      .filter((record) => since === null || (toIso(record.changed) >= since && record.visibleAt <= this.now()))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }
}

function bodyOf({ id, shelf, changed, text }: TinyRecord): string {
  return JSON.stringify({ id, shelf, changed: toIso(changed), text });
}

/** A book without its contents. */
function versionOf({ id, shelf, changed }: TinyRecord): string {
  return JSON.stringify({ id, shelf, changed: toIso(changed) });
}
