import { describe, expect, it } from 'vitest';
import { connection, partitionDetail, status } from '../../../functions/api/schemas/status.ts';
import { type Instant, parseIsoInstant, plusMs } from '../../../lib/domain/instant.ts';
import { EMPTY_LEDGER } from '../../../lib/domain/ledger.ts';
import type { LastRun } from '../../../lib/domain/partition.ts';
import { Recurrence } from '../../../lib/domain/recurrence.ts';
import type { Schedule } from '../../../lib/domain/schedule.ts';
import { NEW_STREAM } from '../../../lib/domain/stream.ts';
import type { SyncRules } from '../../../lib/domain/sync-rules.ts';
import type { OpenConnection } from '../../../lib/ports/sources.ts';
import { present } from '../../support/present.ts';
import { ApiWorld, EVENT, MAIN, openConnection, REGISTRATIONS } from './api-world.ts';

const MINUTE_MS = 60_000;
const SCHEDULE: Schedule = {
  changes: new Recurrence('0 8-18/4 * * 1-5', 'Europe/Berlin'),
  full: new Recurrence('0 2 * * *', 'Europe/Berlin'),
  timeZone: 'Europe/Berlin',
  skipWithinMs: 30 * MINUTE_MS,
};
/** A Saturday; what was due last was due on Friday at 15:00 UTC. */
const FRIDAY = at('2026-11-20T15:01:00Z');

function at(text: string): Instant {
  return present(parseIsoInstant(text), text);
}

/** A connection of several streams, each with rules of its own. */
function openWith(rules: Readonly<Record<string, Partial<SyncRules>>>, id = 'main'): OpenConnection {
  const streams = Object.keys(rules).map((name) => ({ ...REGISTRATIONS, name }));
  const open = openConnection(id, { streams });
  return {
    ...open,
    streams: open.streams.map((stream) => ({ ...stream, rules: { ...stream.rules, ...rules[stream.name] } })),
  };
}

async function shown(world: ApiWorld, id = 'main') {
  return connection.parse((await world.get(`/v1/status/${id}`)).body);
}

describe('the status of a stream with a schedule', () => {
  function world(watermark: Instant): ApiWorld {
    const made = new ApiWorld();
    made.open = [openWith({ registrations: { schedule: SCHEDULE } })];
    const planned = { lastCycleAt: FRIDAY, nextDueAt: at('2026-11-23T07:00:00Z'), intervalReason: 'schedule' } as const;
    made.setStream({ ...NEW_STREAM, loaded: true, watermark, ...planned });
    return made;
  }

  it('shows it, and when it comes next', async () => {
    const [stream] = (await shown(world(FRIDAY))).streams;
    expect(stream?.schedule).toEqual({
      changes: '0 8-18/4 * * 1-5',
      full: '0 2 * * *',
      timeZone: 'Europe/Berlin',
      skipWithinMinutes: 30,
      nextFullAt: '2026-11-21T01:00:00.000Z',
    });
    expect(stream).toMatchObject({ nextRunAt: '2026-11-23T07:00:00.000Z' });
    expect(stream?.intervalMinutes.reason).toBe('by its schedule');
  });

  it('is not stale on a weekend, and is when it missed its last instant', async () => {
    expect((await shown(world(FRIDAY))).streams[0]).toMatchObject({ stale: false, freshnessSeconds: 56_760 });
    expect((await shown(world(plusMs(FRIDAY, -60 * MINUTE_MS)))).streams[0]?.stale).toBe(true);
  });
});

it('shows of a partition that is asked by itself when it is due, and what was left out', async () => {
  const world = new ApiWorld();
  const open = openWith({ registrations: { schedule: SCHEDULE } });
  world.open = [{ ...open, streams: open.streams.map((stream) => ({ ...stream, coverage: 'partition' })) }];
  world.clock.set(at('2026-11-20T08:00:00Z'));
  const lastRun: LastRun = {
    run: '0mi8k2f5c-q3v9x0ab',
    task: 'window',
    outcome: 'succeeded',
    at: at('2026-11-20T06:45:00Z'),
    durationMs: 1_000,
    ledger: EMPTY_LEDGER,
  };
  await world.addPartition(EVENT, { loaded: true, watermark: lastRun.at, lastRun });
  const { body } = await world.get(`/v1/status/main/registrations/${EVENT}`);
  const times = { skippedAt: '2026-11-20T07:00:00.000Z', nextRunAt: '2026-11-20T11:00:00.000Z', stale: false };
  expect(partitionDetail.parse(body)).toMatchObject(times);
  expect((await shown(world)).streams[0]?.nextRunAt).toBe('2026-11-20T11:00:00.000Z');
});

describe('streams of one connection', () => {
  it('are enabled, paused and disabled each on its own', async () => {
    const world = new ApiWorld();
    world.open = [openWith({ orders: {}, products: {}, returns: { enabled: false } })];
    await world.post('/v1/pause/main/products');
    const states = (await shown(world)).streams.map(({ stream, enabled, paused, running }) => ({
      stream,
      enabled,
      paused,
      running,
    }));
    expect(states).toEqual([
      { stream: 'orders', enabled: true, paused: false, running: true },
      { stream: 'products', enabled: true, paused: true, running: false },
      { stream: 'returns', enabled: false, paused: false, running: false },
    ]);
    await world.post('/v1/resume/main/products');
    expect((await shown(world)).streams.map(({ running }) => running)).toEqual([true, true, false]);
  });

  it('are not synced when they are disabled, though others are', async () => {
    const world = new ApiWorld();
    world.open = [openWith({ orders: {}, returns: { enabled: false } })];
    expect((await world.post('/v1/sync/main/returns')).status).toBe(409);
    const { body } = await world.post('/v1/sync/main');
    expect(body).toMatchObject({ requests: [{ stream: 'orders' }], skipped: [{ stream: 'returns' }] });
  });
});

describe('the status of all connections', () => {
  it('counts how they are, in one call', async () => {
    const world = new ApiWorld();
    const fresh = { ...NEW_STREAM, loaded: true, watermark: plusMs(world.clock.now(), -MINUTE_MS) };
    world.open = ['main', 'late', 'failing', 'resting'].map((id) => openWith({ registrations: {} }, id));
    world.open.push(openConnection('off', { enabled: false }));
    world.broken = [{ id: 'bad', problems: ['settings.host: is missing'] }];
    world.setStream(fresh);
    world.setStream({ ...fresh, watermark: FRIDAY }, { ...MAIN, connection: 'late' });
    world.setStream({ ...fresh, failures: 2 }, { ...MAIN, connection: 'failing' });
    world.setStream({ ...fresh, paused: true }, { ...MAIN, connection: 'resting' });
    const all = status.parse((await world.get('/v1/status')).body);
    expect(all.totals).toEqual({ connections: 6, healthy: 1, behind: 2, paused: 1, disabled: 1, broken: 1 });
    expect(all.connections.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'main healthy',
      'late behind',
      'failing behind',
      'resting paused',
      'off disabled',
      'bad broken',
    ]);
  });

  it('calls one behind whose source is down, and one healthy in which changes are under way', async () => {
    const world = new ApiWorld();
    world.open = [openWith({ registrations: {} })];
    const watermark = plusMs(world.clock.now(), -MINUTE_MS);
    world.setStream({ ...NEW_STREAM, loaded: true, watermark });
    await world.addPartition(EVENT, { loaded: true, watermark });
    await world.partitions.markOpen({ ...MAIN, partition: EVENT }, 7, watermark);
    expect(await shown(world)).toMatchObject({ state: 'healthy', streams: [{ partitions: { behind: 1 } }] });
    for (const _ of [1, 2, 3, 4, 5]) await world.budget.report('main', { outcome: 'failed', fraction: 0.5 });
    expect((await shown(world)).state).toBe('behind');
  });

  it('calls a stream that people bring neither stale nor running', async () => {
    const world = new ApiWorld();
    world.open = [openConnection('main', { streams: [{ ...REGISTRATIONS, coverage: 'import' }] })];
    expect(await shown(world)).toMatchObject({
      state: 'healthy',
      streams: [{ enabled: true, running: false, stale: false, nextRunAt: null }],
    });
  });
});
