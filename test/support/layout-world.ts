import { isDeepStrictEqual } from 'node:util';
import { parseConnectionCycle } from '../../lib/domain/cache-layout.ts';
import { NO_DRIFT } from '../../lib/domain/drift.ts';
import { plusMs, toIso } from '../../lib/domain/instant.ts';
import { partitionKey } from '../../lib/domain/names.ts';
import type { FullCheckpoint } from '../../lib/domain/partition.ts';
import type { Task } from '../../lib/domain/task.ts';
import { freshnessOf } from '../../lib/reader/freshness.ts';
import { discoverAll } from '../../lib/sync/plan-seldom.ts';
import { runTask } from '../../lib/sync/run-task.ts';
import { recordKeys } from './cached-records.ts';
import { LIBRARY, World, type WorldOptions } from './world.ts';

const SHELVES = ['a', 'b'] as const;
const DAY_MS = 86_400_000;

/** Two shelves of seven books in layout 1, and small pages. */
export async function loaded(options: Pick<WorldOptions, 'segmented'> = {}): Promise<World> {
  const world = new World(options);
  for (const shelf of SHELVES) {
    for (let book = 0; book < 7; book += 1) {
      world.server.put(`${shelf}${book}`, shelf, '000', plusMs(world.server.now(), -DAY_MS));
    }
  }
  await world.load();
  await discover(world);
  await world.drain();
  world.server.pageSize = 2;
  world.cache.copiedAtOnce = 2;
  return world;
}

export async function discover(world: World): Promise<void> {
  await discoverAll(world.ports, world.sources, { owner: 'discovery', remainingMs: () => 118_000 });
}

let invocations = 0;

/** An invocation that has time for one step. */
export async function step(world: World, task: Task): Promise<void> {
  invocations += 1;
  // A window that takes longer than its slice would be read as a whole instead.
  world.server.pageSize = task.task === 'full' ? 2 : 1_000;
  const slice = { owner: `step-${invocations}`, remainingMs: () => 30_000 };
  await runTask(world.ports, world.sources, task, slice, 'scheduled').catch(() => undefined);
}

export const fullOf = (shelf: string): Task => ({ ...LIBRARY, partition: shelf, task: 'full', run: 'any' });

/** Steps of shelf a's full until it stands there, or has ended. */
export async function until(world: World, reached: (full: FullCheckpoint | undefined) => boolean): Promise<void> {
  for (let steps = 0; steps < 30; steps += 1) {
    if (reached((await world.partition('a'))?.full)) return;
    await step(world, fullOf('a'));
  }
  throw new Error('the full does not get there');
}

/** Edits, inserts, moves from shelf to shelf and removes, each time others. */
export function change(world: World, round: number): void {
  const text = String(round).padStart(3, '0');
  const [here, there] = round % 2 === 0 ? (['a', 'b'] as const) : (['b', 'a'] as const);
  world.server.put(`${here}${round % 3}`, here, text);
  world.server.put(`new${round}`, here, text);
  if (round >= 2) world.server.put(`new${round - 1}`, here, text);
  world.server.put(`${there}${3 + (round % 2)}`, here, text);
}

/** What applications see, looked at again and again: nothing vanishes or grows older, and watermarks tell the truth. */
export class Readers {
  readonly problems: string[] = [];
  readonly #world: World;
  readonly #seen = new Map<string, Map<string, string>>();

  constructor(world: World) {
    this.#world = world;
  }

  look(): void {
    for (const shelf of SHELVES) {
      const cached = this.#world.cached(shelf);
      const seen = this.#seen.get(shelf) ?? new Map<string, string>();
      for (const [id, body] of cached) {
        if (textOf(body) < (seen.get(id) ?? '')) this.problems.push(`${shelf}/${id} grows older`);
        seen.set(id, textOf(body));
      }
      const truth = this.#world.server.truth(shelf);
      const watermark = this.#watermark(shelf);
      for (const [id, body] of truth) {
        const { changed = '' }: { changed?: string } = JSON.parse(body);
        if (seen.has(id) && !cached.has(id)) this.problems.push(`${shelf}/${id} vanishes`);
        if (changed < watermark && cached.get(id) !== body)
          this.problems.push(`${shelf}/${id} is not as of ${watermark}`);
      }
      this.#seen.set(shelf, new Map([...seen].filter(([id]) => truth.has(id))));
      // Readers take what they find under the first layout's name for right.
      for (const [id, body] of firstLayout(this.#world, shelf)) {
        if (cached.get(id) !== body) this.problems.push(`${shelf}/${id} is another in layout 1`);
      }
    }
  }

  #watermark(shelf: string): string {
    const { keys } = this.#world.cache;
    const cycle = parseConnectionCycle(keys.text('tidemark:connection:library') ?? '');
    const { watermark } = freshnessOf('books', shelf, keys.hash(`cache:shelf:${shelf}:books:meta`), cycle);
    return watermark === undefined ? '' : toIso(watermark);
  }
}

function firstLayout({ cache: { keys } }: World, shelf: string): readonly (readonly [string, string])[] {
  const names = keys.names().filter((name) => /^cache:shelf:[^:]*:books(:0\d)?$/.test(name));
  return names.filter((name) => name.split(':')[2] === shelf).flatMap((name) => [...keys.hash(name)]);
}

function textOf(body: string): string {
  const { text = '' }: { text?: string } = JSON.parse(body);
  return text;
}

/** What is not as it should be once all is in this layout: equal to the source, nothing else left, nothing to do. */
export async function problemsIn(world: World, layout: number): Promise<readonly string[]> {
  const audit = await world.audit({ repair: false, deep: true });
  const { runs } = await world.runs.list({ connection: LIBRARY.connection, limit: 200 });
  const shelves = await Promise.all(SHELVES.map((shelf) => problemsOf(world, shelf, layout)));
  return [
    ...shelves.flat(),
    ...(audit?.outcome === 'succeeded' ? [] : [`the audit has ${audit?.outcome}`]),
    ...runs.filter(({ state }) => state !== 'ended').map(({ run }) => `run ${run} has not ended`),
  ];
}

async function problemsOf(world: World, shelf: string, layout: number): Promise<readonly string[]> {
  const [cached, truth] = [world.cached(shelf), world.server.truth(shelf)];
  const records = recordKeys(world.cache.keys, 'shelf', partitionKey(LIBRARY, shelf)).filter(
    (name) => world.cache.keys.hash(name).size > 0,
  );
  const names = world.cache.keys.names().filter((name) => name.startsWith(`cache:shelf:${shelf}:books`));
  const state = await world.partition(shelf);
  const drift = (await world.drift.read(partitionKey(LIBRARY, shelf)))?.counts ?? NO_DRIFT;
  const wrong = {
    'the cache is not the source': !isDeepStrictEqual(cached, truth),
    'other keys are there': !isDeepStrictEqual(
      new Set(names),
      new Set([...records, `cache:shelf:${shelf}:books:meta`]),
    ),
    'readers are told of another layout': world.told(shelf, 'layout') !== String(layout),
    'the item tells of another layout': (state?.layout ?? 1) !== layout,
    'something is left to do': state?.unfinishedSince !== undefined || state?.full !== undefined,
    'the count is wrong': state?.count !== truth.size,
    'the audit finds drift': !isDeepStrictEqual(drift, NO_DRIFT),
  };
  return Object.entries(wrong).flatMap(([what, is]) => (is ? [`${shelf}: ${what}`] : []));
}
