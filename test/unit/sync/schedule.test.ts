import { describe, expect, it } from 'vitest';
import { type Instant, parseIsoInstant, toIso } from '../../../lib/domain/instant.ts';
import { partitionKey, WHOLE_STREAM } from '../../../lib/domain/names.ts';
import type { SchedulePolicy } from '../../../lib/ports/connections.ts';
import { walkAll } from '../../../lib/sync/plan-seldom.ts';
import { requestPartitionSync, requestStreamSync } from '../../../lib/sync/request-sync.ts';
import { present } from '../../support/present.ts';
import { LIBRARY, World, type WorldOptions } from '../../support/world.ts';

const TICK_MS = 300_000;
const OFFICE: SchedulePolicy = { changes: '0 8-18/4 * * 1-5', timeZone: 'Europe/Berlin' };

/** A loaded library on Monday, 23 November 2026, at 07:02 in Berlin; planners tick every five minutes. */
async function library(schedule: SchedulePolicy, options: WorldOptions = {}): Promise<World> {
  const world = new World({ ...options, own: { streams: { books: { schedule } } } });
  world.server.put('b1', 's1', 'one');
  for (const book of ['b2', 'b3', 'b4']) world.server.put(book, 's2', 'two');
  world.clock.set(at('2026-11-23T06:02:00Z'));
  await world.load();
  return world;
}

function at(text: string): Instant {
  return present(parseIsoInstant(text), text);
}

/** Lets planners tick until an instant. @returns when the source was asked for books, to the minute */
async function until(world: World, end: string): Promise<readonly string[]> {
  const from = world.server.requests.length;
  while (world.clock.now() < at(end)) {
    world.clock.advance(TICK_MS);
    await world.plan();
    await world.drain();
  }
  return world.server.requests.flatMap(({ pathname }, index) => {
    const asked = world.server.requestedAt[index];
    return index >= from && pathname === '/books' && asked !== undefined ? [toIso(asked).slice(5, 16)] : [];
  });
}

async function targetOf(world: World) {
  const { open } = await world.sources.list();
  const connection = present(open[0], 'the connection');
  return { connection, stream: present(connection.streams[0], 'the stream') };
}

describe.each(['stream', 'partition'] as const)('a schedule, where a %s is asked', (coverage) => {
  const partitions = coverage === 'stream' ? 1 : 2;
  const times = (asked: readonly string[]) => [...new Set(asked)];

  it('says when changes are asked for: in the tick after each of its instants, in its zone', async () => {
    const world = await library(OFFICE, { coverage });
    const asked = await until(world, '2026-11-25T00:00:00Z');
    const ticks = ['23T07:02', '23T11:02', '23T15:02', '24T07:02', '24T11:02', '24T15:02'];
    expect(times(asked)).toEqual(ticks.map((tick) => `11-${tick}`));
    expect(asked).toHaveLength(ticks.length * partitions);
  });

  it('may be of every five minutes, in any zone, for planners that tick as often', async () => {
    const world = await library({ changes: '*/5 * * * *', timeZone: 'Asia/Kolkata' }, { coverage });
    const asked = await until(world, '2026-11-23T06:32:00Z');
    expect(times(asked)).toEqual(['11-23T06:12', '11-23T06:17', '11-23T06:22', '11-23T06:27', '11-23T06:32']);
  });

  it('is caught up with once after a silence, however many instants have passed', async () => {
    const world = await library(OFFICE, { coverage });
    world.clock.set(at('2026-11-24T13:31:00Z'));
    const asked = await until(world, '2026-11-24T14:55:00Z');
    expect(times(asked)).toEqual(['11-24T13:36']);
    expect(asked).toHaveLength(partitions);
  });

  it('leaves out a run that comes too short a time after another, which force does not', async () => {
    const world = await library({ ...OFFICE, skipWithinMinutes: 30 }, { coverage });
    await until(world, '2026-11-23T06:45:00Z');
    const target = await targetOf(world);
    world.server.put('b1', 's1', 'edited');
    if (coverage === 'stream') await requestStreamSync(world.ports, [target], 'incremental');
    else for (const shelf of ['s1', 's2']) await requestPartitionSync(world.ports, target, shelf, 'incremental');
    await world.drain();
    expect(world.cached('s1')).toEqual(world.server.truth('s1'));
    expect(times(await until(world, '2026-11-23T12:00:00Z'))).toEqual(['11-23T11:02']);
    const told = world.telemetry.logs.filter(({ message }) => message.includes('left out'));
    expect(told).toHaveLength(1);
  });

  it('has everything read at its own instants, once each, with whatever is gone removed', async () => {
    const world = await library({ full: '0 2 * * *', timeZone: 'Europe/Berlin' }, { coverage });
    world.server.remove('b2');
    await until(world, '2026-11-24T00:55:00Z');
    expect(world.cached('s2').size).toBe(3);
    await until(world, '2026-11-26T00:00:00Z');
    expect(world.cached('s2')).toEqual(world.server.truth('s2'));
    const { runs } = await world.runs.list({ ...LIBRARY, limit: 100 });
    const fulls = runs.filter(({ trigger }) => trigger === 'schedule').filter(({ task }) => task !== 'delta');
    expect(fulls).toHaveLength(2 * partitions);
    expect(new Set(fulls.map(({ requestedAt }) => toIso(requestedAt).slice(5, 16)))).toEqual(
      new Set(['11-24T01:02', '11-25T01:02']),
    );
  });
});

describe('a night without a schedule', () => {
  it('is no delay; an instant that passes in vain is', async () => {
    const world = await library(OFFICE);
    const behind = () => world.telemetry.metrics.filter(({ name }) => name === 'FreshnessSeconds').at(-1)?.value;
    await until(world, '2026-11-24T06:55:00Z');
    expect(behind()).toBe(0);
    world.server.down = true;
    await until(world, '2026-11-24T07:30:00Z');
    expect(behind()).toBeGreaterThan(25 * 60);
    world.server.down = false;
    await until(world, '2026-11-24T08:30:00Z');
    expect(behind()).toBe(0);
  });

  it('does not leave alone what is unfinished: a lost message is sent again', async () => {
    const world = await library(OFFICE);
    await until(world, '2026-11-23T14:55:00Z');
    world.server.put('b1', 's1', 'edited');
    world.clock.advance(TICK_MS * 2);
    await world.plan();
    expect(world.take()).toHaveLength(1);
    await until(world, '2026-11-23T15:30:00Z');
    expect(world.cached('s1')).toEqual(world.server.truth('s1'));
  });
});

it('tells readers of a stream that is not due what is pending, when another of the connection is', async () => {
  const own = { streams: { copies: { schedule: { changes: '0 2 * * *' } } } };
  const world = new World({ copies: true, own });
  world.server.put('b1', 's1', 'one');
  await world.load();
  await world.cycle();
  const cycle = { cycle: 99, at: toIso(world.clock.now()), streams: {} };
  const published = present(await world.cache.publishCycle(LIBRARY.connection, cycle), 'the last cycle');
  expect(published.streams.copies).toMatchObject({ loaded: true, pending: {}, more: false });
});

it('is never read as a whole by the stage’s schedule if it has one of its own', async () => {
  const world = await library({ full: '0 2 * * *' });
  const slice = { owner: 'planner', remainingMs: () => 118_000 };
  await walkAll(world.ports, world.sources, slice);
  expect((await world.partitions.read(partitionKey(LIBRARY, WHOLE_STREAM)))?.force).toBeUndefined();
});

it('reads all though a cycle that began before the first instant of its schedule ended after it', async () => {
  const world = await library({ full: '0 2 * * *', timeZone: 'Europe/Berlin' });
  await until(world, '2026-11-24T00:52:00Z');
  world.clock.set(at('2026-11-24T00:59:59Z'));
  world.server.beforePage = () => world.clock.advance(3_000);
  await world.plan();
  await world.drain();
  world.server.beforePage = () => undefined;
  await until(world, '2026-11-24T01:20:00Z');
  const { runs } = await world.runs.list({ connection: LIBRARY.connection, limit: 100 });
  expect(runs.filter(({ task, trigger }) => trigger === 'schedule' && task !== 'delta')).toHaveLength(1);
});
