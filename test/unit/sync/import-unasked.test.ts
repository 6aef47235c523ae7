import { expect, it } from 'vitest';
import { planCycle } from '../../../lib/sync/plan-cycle.ts';
import { auditAll, walkAll } from '../../../lib/sync/plan-seldom.ts';
import { DESK, ImportWorld } from '../../support/import-world.ts';

const FILE = 'Phone,Name,Store,Date\n9847012345,Asha,Kochi,2026-11-05\n9847012346,Ben,Kochi,2026-11-05\n';
const DAY_MS = 86_400_000;

it.each([
  ['a cycle', planCycle],
  ['a read of everything', walkAll],
  ['an audit', auditAll],
])('%s begins no import, and leaves what was imported as it is', async (_, work) => {
  const desk = new ImportWorld();
  const { world, sources } = desk;
  await desk.import(FILE);
  const before = desk.cached('kochi');
  world.clock.advance(DAY_MS);
  await work(world.ports, sources, { owner: 'planner', remainingMs: () => 118_000 });
  expect(world.queue.sent).toEqual([]);
  expect((await world.runs.list({ ...DESK, limit: 10 })).runs).toHaveLength(1);
  expect(desk.cached('kochi')).toEqual(before);
  expect(before.size).toBe(2);
  expect(world.telemetry.logs.filter(({ level }) => level === 'error')).toEqual([]);
});
