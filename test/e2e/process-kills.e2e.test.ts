import { afterEach, expect, it } from 'vitest';
import { SeededRandom } from '../simulators/seeded-random.ts';
import { Mishaps } from './mishaps.ts';
import { BIG_EVENT, type System, startSystem } from './system.ts';

const DEEP = process.env.TIDEMARK_DEEP === '1';
const SEEDS = DEEP ? Array.from({ length: 8 }, (_, index) => index + 1) : [1];
const KILLS = DEEP ? 6 : 2;
const PAGE_SIZE = DEEP ? 200 : 500;
/** Of one seed, on a machine that does much else. */
const TIMEOUT_MS = DEEP ? 900_000 : 300_000;

let system: System;

afterEach(() => system.close());

/** People add, edit, move and delete; never so many of one event that its deletions wait for a person. */
function people(seed: number): () => void {
  const random = new SeededRandom(seed);
  const { control } = system.simulator;
  const events = control.events().map(({ id }) => id);
  const ids = control.records(BIG_EVENT).map(({ id }) => id);
  const others = control.records().flatMap(({ id, event }) => (event === BIG_EVENT ? [] : [id]));
  return () => {
    const choice = random.integer(10);
    const id = random.pick(ids);
    if (choice === 0) control.delete(ids.splice(ids.indexOf(id), 1)[0] ?? id);
    else if (choice <= 2) ids.push(control.insert({ event: BIG_EVENT }));
    else if (choice <= 4) control.move(random.pick(others), random.pick(events));
    else control.edit(random.pick([id, random.pick(others)]), { fields: { Notes: random.hex(12) } });
  };
}

/** Whether a difference is about a record that nobody has any more. */
function isDeleted(difference: string): boolean {
  const [, id = ''] = /\/(\d+) is not at the source$/.exec(difference) ?? [];
  return id !== '' && system.simulator.control.record(id) === undefined;
}

const cycle = async () => {
  await system.api('POST', '/v1/sync/main/registrations');
  await system.host.fire('plan');
};
const full = async () => {
  await system.api('POST', '/v1/sync/main/registrations', { body: '{"mode":"full"}' });
  await system.host.fire('plan');
};
const audit = () => system.host.invoke('Planner', { job: 'audit' });

it.each(SEEDS)(
  'all arrives, however often planner and workers are killed (seed %i)',
  { timeout: TIMEOUT_MS },
  async (seed) => {
    system = await startSystem({ settings: { pageSize: PAGE_SIZE } });
    const { control } = system.simulator;
    const mishaps = new Mishaps(system, { seed, edit: people(seed) });
    await mishaps.during({ kills: KILLS, apart: 600, work: cycle });
    const changes = async () => {
      control.changeBatch({ changes: 48, events: 12 });
      await cycle();
    };
    await mishaps.during({ kills: KILLS, apart: 60, work: changes });
    await mishaps.during({ kills: KILLS, apart: 600, work: full });
    await mishaps.during({ kills: KILLS, apart: 60, work: audit });

    for (const work of [cycle, cycle, cycle]) {
      await work();
      await mishaps.settle();
    }
    // Deletions alone are left to the audit.
    expect((await system.differences()).filter((difference) => !isDeleted(difference))).toEqual([]);
    await audit();
    await mishaps.settle();
    expect(await system.differences()).toEqual([]);
    expect((await system.api('GET', '/v1/status/main/registrations')).body).toMatchObject({
      loaded: true,
      lastError: null,
    });
  },
);
