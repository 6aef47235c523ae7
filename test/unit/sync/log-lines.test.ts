import { beforeEach, describe, expect, it } from 'vitest';
import { toIso } from '../../../lib/domain/instant.ts';
import { LIBRARY, World } from '../../support/world.ts';

const SHELVES = ['a', 'b', 'c'];

function linesOf(world: World, message: string) {
  return world.telemetry.logs.filter((line) => line.message === message);
}

async function library(coverage: 'stream' | 'partition'): Promise<World> {
  const world = new World({ coverage });
  for (const shelf of SHELVES) for (const id of ['1', '2']) world.server.put(`${shelf}${id}`, shelf, 'first');
  world.clock.advance(60_000);
  await world.load();
  world.telemetry.logs.length = 0;
  return world;
}

describe.each(['stream', 'partition'] as const)('the log, where a %s is asked', (coverage) => {
  let world: World;

  beforeEach(async () => {
    world = await library(coverage);
  });

  it('tells of each cycle how many partitions it was about, how long it took, and when the next comes', async () => {
    for (const shelf of SHELVES) world.server.put(`${shelf}1`, shelf, 'edited');
    world.server.beforePage = () => world.clock.advance(2_000);
    await world.cycle();
    const [line, ...others] = linesOf(world, 'cycle ended');
    expect(others).toEqual([]);
    const next = (await world.stream())?.nextDueAt;
    const durationMs = coverage === 'stream' ? 2_000 : 0;
    expect(line).toMatchObject({ level: 'info', fields: { ...LIBRARY, partitions: SHELVES.length, durationMs } });
    expect(line?.fields.nextRunAt).toBe(next === undefined ? '' : toIso(next));
  });

  it('tells of each partition what was added, updated, left as it was and set aside, and how long it took', async () => {
    world.server.put('a1', 'a', 'edited');
    world.server.put('a3', 'a', 'added');
    world.server.put('#fence', 'a', 'not fit for a key');
    await world.cycle();
    const line = linesOf(world, 'run ended').find(({ fields }) => fields.partition === 'a');
    expect(line).toMatchObject({ level: 'warn', fields: { ...LIBRARY, outcome: 'partial', added: 1, updated: 1 } });
    expect(line?.fields).toMatchObject({ quarantined: 1, unchanged: expect.any(Number), removed: 0 });
    expect(line?.fields.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('warns of a record that is set aside, with its id and the reason, and without its contents', async () => {
    world.server.put('#fence', 'a', 'not fit for a key');
    await world.cycle();
    const [line] = linesOf(world, 'record quarantined');
    expect(line).toEqual({
      level: 'warn',
      message: 'record quarantined',
      fields: { ...LIBRARY, record: '#fence', reason: 'bad-id' },
    });
    expect(JSON.stringify(world.telemetry.logs)).not.toContain('not fit for a key');
  });
});

it('the log tells of a cycle that failed why, how often in a row, and when the next comes', async () => {
  const world = await library('stream');
  world.server.down = true;
  await world.cycle();
  const [line] = linesOf(world, 'planning a stream failed');
  const next = (await world.stream())?.nextDueAt;
  expect(line).toMatchObject({ level: 'error', fields: { ...LIBRARY, code: 'source-unavailable', failures: 1 } });
  expect(line?.fields.nextRunAt).toBe(next === undefined ? '' : toIso(next));
});
