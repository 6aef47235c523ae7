import { instantFromMs, toIso } from '../../../lib/domain/instant.ts';
import { type Http, HttpFailure, type HttpRequest, type HttpResponse } from '../../../lib/ports/http.ts';
import type { Timeline } from '../engine/timeline.ts';
import type { Version } from './book-history.ts';
import type { Library } from './library.ts';

/** What the source answers instead of the truth. */
export type WrongAnswer =
  | 'unavailable'
  | 'rate-limited'
  | 'quota-spent'
  | 'expired'
  | 'network'
  | 'truncated'
  | 'page-of-html'
  | 'empty-with-next';

/** How a page token says where to go on: after an id, within a list made at the first page, or after so many. */
export type CursorKind = 'key' | 'snapshot' | 'offset';

export interface ServerOptions {
  readonly pageSize: number;
  readonly cursors: CursorKind;
  /** Whether a read without a time bound lags too. */
  readonly scansLag: boolean;
  /** A shelf that cannot be asked for by itself. */
  readonly failingShelf?: string;
  readonly removals: Removals;
}

/**
 * Whether the source says what has left: not at all, to whoever asks what changed since or asks by id, or in reads of
 * everything too. And when it left as it says: then, or when the record was changed last before that.
 */
export type Removals = 'silent' | { readonly told: 'since' | 'always'; readonly at: 'leaving' | 'last-change' };

/** The simulated source's HTTP interface. */
export class LibraryServer implements Http {
  readonly library: Library;
  /** Wrong answers to come, in order. */
  readonly wrong: WrongAnswer[] = [];
  /** Until then everything is unavailable. */
  downUntilMs = 0;
  /** Called before each page of books: the place for edits while somebody pages. */
  beforePage: () => void = () => {};
  requests = 0;
  readonly #options: ServerOptions;
  readonly #timeline: Timeline;
  readonly #snapshots = new Map<string, readonly string[]>();
  #snapshot = 0;

  constructor(library: Library, options: ServerOptions, timeline: Timeline) {
    this.library = library;
    this.#options = options;
    this.#timeline = timeline;
  }

  get announces(): boolean {
    return this.#options.removals !== 'silent';
  }

  /** Page tokens handed out so far are no longer good. */
  expireCursors(): void {
    this.#snapshots.clear();
  }

  async send({ url }: HttpRequest): Promise<HttpResponse> {
    this.requests += 1;
    const { pathname, searchParams } = new URL(url);
    const wrong = this.#timeline.nowMs < this.downUntilMs ? 'unavailable' : this.wrong.shift();
    if (wrong === 'network') throw new HttpFailure('http-network', 'connection reset');
    if (wrong === 'empty-with-next') return this.#answer(200, emptyPage(searchParams.get('cursor')));
    if (wrong !== undefined) return this.#wrongAnswer(wrong);
    if (pathname === '/shelves') return this.#answer(200, this.#shelves());
    this.beforePage();
    if (searchParams.get('shelf') === this.#options.failingShelf && this.#options.failingShelf !== undefined) {
      return this.#answer(500, '');
    }
    return this.#books(searchParams);
  }

  #wrongAnswer(wrong: Exclude<WrongAnswer, 'network' | 'empty-with-next'>): HttpResponse {
    switch (wrong) {
      case 'unavailable':
        return this.#answer(503, '');
      case 'rate-limited':
        return this.#answer(429, '', { 'retry-after': '40' });
      case 'quota-spent':
        return this.#answer(402, '', { 'retry-after': '1800' });
      case 'expired':
        return this.#answer(410, '');
      case 'truncated':
        return this.#answer(200, '{"books":["{');
      case 'page-of-html':
        return this.#answer(200, '<html>busy</html>');
    }
  }

  #answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
    const date = instantFromMs(Math.floor(this.library.now() / 1_000) * 1_000);
    return { status, headers, body, date };
  }

  #shelves(): string {
    return JSON.stringify({ shelves: [...this.library.shelves].map((id) => ({ id, title: `Shelf ${id}` })) });
  }

  #books(query: URLSearchParams): HttpResponse {
    const cursor = query.get('cursor');
    if (this.#options.cursors === 'offset') return this.#pageByNumber(query, Number(cursor ?? 0));
    if (cursor === null)
      return this.#page(
        query,
        this.#matching(query).map(({ id }) => id),
        '',
      );
    const [kind, ...rest] = cursor.split('-');
    if (kind === 'key')
      return this.#page(
        query,
        this.#matching(query).map(({ id }) => id),
        rest.join('-'),
      );
    const known = this.#snapshots.get(rest[0] ?? '');
    if (known === undefined) return this.#answer(410, '');
    return this.#page(query, known, '', rest[0], Number(rest[1]));
  }

  /** By id and not by number: a record that comes or goes meanwhile moves no other from page to page. */
  #page(query: URLSearchParams, ids: readonly string[], after: string, snapshot?: string, start = 0): HttpResponse {
    const left = ids.filter((id) => id > after).slice(start);
    const page = left.slice(0, this.#options.pageSize);
    const more = page.length < left.length;
    const versions = page.flatMap((id) => {
      const version = this.#seen(id, query);
      return version === undefined || !this.#matches(version, query) ? [] : [version];
    });
    const there = versions.filter(({ shelf }) => shelf !== undefined);
    const books = there.map((version) => (query.get('fields') === 'version' ? versionText(version) : version.body));
    const gone = versions.flatMap((version) => (version.shelf === undefined ? [this.#leftText(version)] : []));
    const next = more ? { next: this.#cursor(ids, page, snapshot, start) } : {};
    return this.#answer(200, JSON.stringify({ books, ...(gone.length === 0 ? {} : { left: gone }), ...next }));
  }

  #leftText({ id, from, changed, number }: Version) {
    const { removals } = this.#options;
    const before = this.library.history.before(id, number)?.changed ?? changed;
    const at = removals !== 'silent' && removals.at === 'leaving' ? changed : before;
    return { id, shelf: from, changed: toIso(at) };
  }

  /** The latest first, counted anew for each page: whatever changes meanwhile moves the others. */
  #pageByNumber(query: URLSearchParams, start: number): HttpResponse {
    const matching = this.#matching(query).toSorted((a, b) => b.changed - a.changed);
    const page = matching.slice(start, start + this.#options.pageSize);
    const end = start + page.length;
    const books = page.map(({ body }) => body);
    return this.#answer(200, JSON.stringify({ books, ...(end < matching.length ? { next: String(end) } : {}) }));
  }

  #cursor(ids: readonly string[], page: readonly string[], known: string | undefined, start: number): string {
    if (this.#options.cursors === 'key') return `key-${page.at(-1) ?? ''}`;
    if (known !== undefined) return `snapshot-${known}-${start + page.length}`;
    this.#snapshot += 1;
    this.#snapshots.set(String(this.#snapshot), ids);
    return `snapshot-${this.#snapshot}-${page.length}`;
  }

  #matching(query: URLSearchParams): readonly Version[] {
    const found: Version[] = [];
    for (const id of this.library.history.ids()) {
      const version = this.#seen(id, query);
      if (version !== undefined && this.#matches(version, query)) found.push(version);
    }
    return found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** What the index that answers this query knows of a record. */
  #seen(id: string, query: URLSearchParams): Version | undefined {
    const { history } = this.library;
    const lags = query.has('since') || (this.#options.scansLag && !query.has('ids'));
    return lags ? history.indexed(id, this.#timeline.nowMs) : history.current(id);
  }

  #matches(version: Version, query: URLSearchParams): boolean {
    if (this.library.isHidden(version)) return false;
    if (version.shelf === undefined && !this.#tells(query)) return false;
    const [since, shelf, ids] = [query.get('since'), query.get('shelf'), query.get('ids')];
    if (shelf !== null && (version.shelf ?? version.from) !== shelf) return false;
    if (ids !== null && !ids.split(',').includes(version.id)) return false;
    return since === null || toIso(version.changed) >= since;
  }

  /** Whether an answer to this tells what has left. */
  #tells(query: URLSearchParams): boolean {
    const { removals } = this.#options;
    if (removals === 'silent' || query.has('fields')) return false;
    return removals.told === 'always' || query.has('since') || query.has('ids');
  }
}

/** A book without its contents. */
function versionText({ id, shelf, changed, flaw }: Version): string {
  return JSON.stringify({
    ...(flaw === 'no-id' ? {} : { id }),
    ...(flaw === 'no-shelf' ? {} : { shelf }),
    ...(flaw === 'no-time' ? {} : { changed: toIso(changed) }),
  });
}

/** No record, and yet more to come: from where the caller stands. */
function emptyPage(cursor: string | null): string {
  return JSON.stringify({ books: [], next: cursor ?? 'key-' });
}
