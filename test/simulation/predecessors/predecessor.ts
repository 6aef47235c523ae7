import { type Instant, plusMs, toIso } from '../../../lib/domain/instant.ts';
import { Timeline } from '../engine/timeline.ts';
import { type History, isOfSource } from '../history.ts';
import { Library } from '../library/library.ts';
import { LibraryServer } from '../library/library-server.ts';
import { SourceSteps } from '../source-steps.ts';

/** What the two predecessors differ in. */
export interface Algorithm {
  readonly name: string;
  readonly overlapMs: number;
}

/** One pass per event; the watermark is the machine's time at the end; what fails is skipped. */
export const ZOHO_PREDECESSOR: Algorithm = { name: 'Zoho predecessor', overlapMs: 0 };

/** The same, five minutes back. */
export const ORDERS_PREDECESSOR: Algorithm = { name: 'orders predecessor', overlapMs: 300_000 };

const CYCLE_MS = 300_000;
const QUIET_CYCLES = 4;

/**
 * Lets a predecessor's algorithm live through a history: the same source, changes and source faults, in a single loop
 * that never dies; whatever befalls a port of ours fails one of its writes. @returns how many records are missing or stale in the end; deletions, which it never sees, do not count
 */
export async function runPredecessor(
  { setting, steps, quietAtMs }: History,
  { overlapMs }: Algorithm,
): Promise<number> {
  const timeline = new Timeline();
  const library = new Library(timeline, () => {});
  library.lagMs = setting.lagMs;
  library.skewMs = setting.skewMs;
  const server = new LibraryServer(library, { ...setting, cursors: 'offset', removals: 'silent' }, timeline);
  const changes = new SourceSteps({ library, server, timeline, hiding: () => {}, changed: () => {} });
  changes.fill(setting.books);
  const loop = new Loop(timeline, server, overlapMs);
  for (const step of steps) {
    timeline.at(step.atMs, () => {
      if (step.kind === 'schedule' && step.job === 'plan') void loop.cycle();
      else if (step.kind === 'port') loop.failWrite();
      else if (isOfSource(step)) changes.take(step);
    });
  }
  await timeline.runUntil(quietAtMs);
  changes.quieten();
  for (let cycle = 0; cycle < QUIET_CYCLES; cycle += 1) {
    void loop.cycle();
    await timeline.runUntil(timeline.nowMs + CYCLE_MS);
  }
  const books = library.books().filter(({ flaw, shelf }) => flaw === undefined && shelf !== setting.failingShelf);
  return books.filter(({ id, shelf, body }) => loop.cached.get(`${shelf}/${id}`) !== body).length;
}

class Loop {
  readonly cached = new Map<string, string>();
  readonly #timeline: Timeline;
  readonly #server: LibraryServer;
  readonly #overlapMs: number;
  readonly #syncedAt = new Map<string, Instant>();
  #running = false;
  #failing = 0;

  constructor(timeline: Timeline, server: LibraryServer, overlapMs: number) {
    this.#timeline = timeline;
    this.#server = server;
    this.#overlapMs = overlapMs;
  }

  /** The next record cannot be written. */
  failWrite(): void {
    this.#failing += 1;
  }

  async cycle(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (const shelf of this.#server.library.shelves) await this.#sync(shelf);
    this.#running = false;
  }

  async #sync(shelf: string): Promise<void> {
    const synced = this.#syncedAt.get(shelf);
    // A strict bound: one millisecond later, because times are written with three digits.
    const since = synced === undefined ? undefined : toIso(plusMs(synced, 1 - this.#overlapMs));
    for (let next: string | undefined = '0'; next !== undefined; ) {
      await this.#timeline.sleep(400);
      next = await this.#page(shelf, since, next).catch(() => undefined);
    }
    this.#syncedAt.set(shelf, this.#timeline.now());
  }

  async #page(shelf: string, since: string | undefined, cursor: string): Promise<string | undefined> {
    const query = new URLSearchParams({ shelf, cursor, ...(since === undefined ? {} : { since }) });
    const { body } = await this.#server.send({
      method: 'GET',
      url: `http://library.test/books?${query.toString()}`,
      headers: {},
    });
    const { books, next }: { books: readonly string[]; next?: string } = JSON.parse(body);
    for (const text of books) {
      const { id }: { id?: string } = JSON.parse(text);
      if (this.#failing > 0) this.#failing -= 1;
      else if (id !== undefined) this.cached.set(`${shelf}/${id}`, text);
    }
    return next === cursor ? undefined : next;
  }
}
