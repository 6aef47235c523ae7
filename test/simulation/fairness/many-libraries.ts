import { recordsKey } from '../../../lib/domain/cache-layout.ts';
import { type Instant, msBetween } from '../../../lib/domain/instant.ts';
import type { Connection } from '../../../lib/ports/connections.ts';
import type { Http, HttpRequest, HttpResponse } from '../../../lib/ports/http.ts';
import { InMemoryCache } from '../../fakes/in-memory-cache.ts';
import { InMemoryPartitionStore } from '../../fakes/in-memory-partition-store.ts';
import { TinyServer } from '../../support/tiny-source/tiny-server.ts';
import { tinySource } from '../../support/tiny-source/tiny-source.ts';
import { Machinery } from '../engine/machinery.ts';
import { Timeline } from '../engine/timeline.ts';
import { Trace } from '../engine/trace.ts';
import { SystemState } from '../monitors/state.ts';
import { Verdicts } from '../monitors/verdicts.ts';

export const MINUTE_MS = 60_000;
const TICK_MS = 5 * MINUTE_MS;
const SAMPLE_MS = 5_000;

/** What ails one library, from and until these milliseconds. */
export interface Ailment {
  readonly kind: 'answers-500' | 'answers-late' | 'hangs';
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Setting {
  readonly seed: number;
  readonly libraries: number;
  readonly shelves: number;
  readonly coverage: 'stream' | 'partition';
  /** Of each library that ails, by its number. */
  readonly ailments?: Readonly<Record<number, Ailment>>;
}

export interface Fared {
  /** The longest that an edit was not in the cache, while nothing ailed the library. */
  readonly worstMs: number;
  /** At the end: how long the oldest edit that is not in the cache has waited. */
  readonly oldestMs: number;
}

/** Just below and just above the time after which a call is given up. */
const LATE_MS = 29_000;
const GIVEN_UP_MS = 30_000;

/** Several libraries, each a connection of its own, in one stage: one planner, two lanes, virtual time. */
export class ManyLibraries {
  readonly timeline = new Timeline();
  readonly servers: readonly TinyServer[];
  readonly #machinery: Machinery;
  readonly #state: SystemState;
  readonly #setting: Setting;
  /** By library: edits that were not seen in the cache yet. */
  readonly #waiting: Map<string, Instant>[];
  readonly #worstMs: number[];

  constructor(setting: Setting) {
    const { timeline } = this;
    this.#setting = setting;
    const numbers = Array.from({ length: setting.libraries }, (_, number) => number);
    this.servers = numbers.map(() => new TinyServer(timeline));
    this.#waiting = numbers.map(() => new Map());
    this.#worstMs = numbers.map(() => 0);
    const cache = new InMemoryCache();
    this.#state = new SystemState(cache.keys);
    const verdicts = new Verdicts(
      () => timeline.nowMs,
      () => timeline.stop(),
    );
    const [connection, ...others] = numbers.map((number) => connectionOf(number, setting));
    if (connection === undefined) throw new Error('there is no library');
    const { tables } = this.#state;
    this.#machinery = new Machinery({
      seed: setting.seed,
      setting: { inlineBytes: 48 * 1_024, batchSize: 5, laneConcurrency: 2, slices: 'long' },
      timeline,
      trace: new Trace(0),
      verdicts,
      source: { kinds: [tinySource], http: this.#http(), connection, others },
      cache,
      partitions: new InMemoryPartitionStore(timeline, tables.partitions),
      tables,
      observe: () => {},
    });
  }

  /** Loads all, and lets an edit a minute be made in each library until then. @returns how each fared, by its number */
  async run(untilMs: number, measuredFromMs: number): Promise<readonly Fared[]> {
    for (const [number, server] of this.servers.entries()) {
      for (let book = 0; book < this.#setting.shelves * 3; book += 1) {
        server.put(`n${number}b${book}`, this.#shelf(number, book), 'first', this.timeline.now());
      }
    }
    for (let at = 0; at < untilMs; at += TICK_MS) this.timeline.at(at, () => this.#machinery.plan('plan'));
    for (let at = 20 * MINUTE_MS; at < untilMs; at += MINUTE_MS) this.timeline.at(at + 7_000, () => this.#edit(at));
    for (let at = measuredFromMs; at < untilMs; at += SAMPLE_MS) this.timeline.at(at, () => this.#measure());
    await this.timeline.runUntil(untilMs);
    if (this.timeline.stopped) throw new Error('the simulation did not run to its end');
    return this.#worstMs.map((worstMs, number) => ({ worstMs, oldestMs: this.#oldestMs(number) }));
  }

  #shelf(number: number, book: number): string {
    return `l${number}-${book % this.#setting.shelves}`;
  }

  #edit(atMs: number): void {
    for (const [number, server] of this.servers.entries()) {
      const book = Math.floor(atMs / MINUTE_MS) % (this.#setting.shelves * 3);
      const id = `n${number}b${book}`;
      server.put(id, this.#shelf(number, book), `edited at ${atMs}`);
      this.#waiting[number]?.set(id, this.timeline.now());
    }
  }

  /** What ails is not measured while it does. */
  #measure(): void {
    for (const [number, waiting] of this.#waiting.entries()) {
      for (const [id, since] of waiting) {
        if (this.#holds(number, id)) waiting.delete(id);
        else if (this.#ailment(number) === undefined) {
          this.#worstMs[number] = Math.max(this.#worstMs[number] ?? 0, msBetween(this.timeline.now(), since));
        }
      }
    }
  }

  #oldestMs(number: number): number {
    const ages = [...(this.#waiting[number]?.values() ?? [])].map((since) => msBetween(this.timeline.now(), since));
    return Math.max(0, ...ages);
  }

  #holds(number: number, id: string): boolean {
    const shelf = this.servers[number]?.records.get(id)?.shelf ?? '';
    const held = this.#state.keys.hash(recordsKey('shelf', shelf, 'books')).get(id);
    return held !== undefined && held === this.servers[number]?.truth(shelf).get(id);
  }

  #ailment(number: number): Ailment['kind'] | undefined {
    const ailment = this.#setting.ailments?.[number];
    const { nowMs } = this.timeline;
    return ailment !== undefined && nowMs >= ailment.fromMs && nowMs < ailment.untilMs ? ailment.kind : undefined;
  }

  #http(): Http {
    return {
      send: async (request: HttpRequest): Promise<HttpResponse> => {
        const number = Number(/library-(\d+)/.exec(request.url)?.[1]);
        const server = this.servers[number];
        if (server === undefined) throw new Error('no such library');
        switch (this.#ailment(number)) {
          case 'answers-500':
            return { status: 500, headers: {}, body: '', date: server.now() };
          case 'answers-late': {
            await this.timeline.sleep(LATE_MS);
            return server.send(request);
          }
          case 'hangs':
            await this.timeline.sleep(GIVEN_UP_MS);
            server.scripted.unshift('network-error');
            return server.send(request);
          case undefined:
            return server.send(request);
        }
      },
    };
  }
}

function connectionOf(number: number, { coverage }: Setting): Connection {
  const settings = { url: `http://library-${number}.test`, coverage };
  return { id: `library-${number}`, source: 'tiny', enabled: true, policy: {}, settings, secrets: {} };
}
