import { describe, expect, it } from 'vitest';
import { connection, partitionDetail, status, streamDetail } from '../../../functions/api/schemas/status.ts';
import { plusMs } from '../../../lib/domain/instant.ts';
import { EMPTY_LEDGER } from '../../../lib/domain/ledger.ts';
import { partitionKey, WHOLE_STREAM } from '../../../lib/domain/names.ts';
import { NEW_STREAM } from '../../../lib/domain/stream.ts';
import { CacheFailure } from '../../../lib/ports/cache.ts';
import { ApiWorld, EVENT, MAIN, openConnection, REGISTRATIONS } from './api-world.ts';

const MINUTE_MS = 60_000;

async function partitionStatus(world: ApiWorld, id = EVENT) {
  const { body } = await world.get(`/v1/status/main/registrations/${id}`);
  return partitionDetail.parse(body);
}

async function streamStatus(world: ApiWorld, query = '') {
  const { body } = await world.get(`/v1/status/main/registrations${query}`);
  return streamDetail.parse(body);
}

function loadedWorld(ageMs: number): ApiWorld {
  const world = new ApiWorld();
  world.setStream({ ...NEW_STREAM, loaded: true, watermark: plusMs(world.clock.now(), -ageMs) });
  return world;
}

describe('the status of a partition', () => {
  it('shows the founding case: 2,419 records committed, 2,355 in the cache', async () => {
    const world = loadedWorld(MINUTE_MS);
    await world.addPartition(EVENT, { loaded: true, cached: true, count: 2_419 }, 'Spring fair');
    world.fillCache(EVENT, 2_355);
    expect(await partitionStatus(world)).toMatchObject({
      title: 'Spring fair',
      state: 'discrepancy',
      count: 2_419,
      cached: 2_355,
      missing: 64,
      extra: 0,
    });
  });

  it('shows records the cache should not have', async () => {
    const world = loadedWorld(MINUTE_MS);
    await world.addPartition(EVENT, { loaded: true, count: 2 });
    world.fillCache(EVENT, 5);
    expect(await partitionStatus(world)).toMatchObject({ state: 'discrepancy', missing: 0, extra: 3 });
  });

  it('is in sync when the cache holds what was committed, for one command', async () => {
    const world = loadedWorld(MINUTE_MS);
    await world.addPartition(EVENT, { loaded: true, count: 7 });
    world.fillCache(EVENT, 7);
    expect(await partitionStatus(world)).toMatchObject({
      state: 'in-sync',
      cached: 7,
      missing: 0,
      freshnessSeconds: 60,
    });
    expect(world.cache.commands).toBe(1);
  });

  it('asks the cache nothing when discrepancies are not to be detected', async () => {
    const world = loadedWorld(MINUTE_MS);
    world.open = [openConnection('main', { detectDiscrepancies: false })];
    await world.addPartition(EVENT, { loaded: true, count: 7 });
    expect(await partitionStatus(world)).toMatchObject({ state: 'in-sync', cached: null, missing: null });
    expect(world.cache.commands).toBe(0);
  });

  it('calls nothing a discrepancy while somebody is writing', async () => {
    const world = loadedWorld(MINUTE_MS);
    await world.addPartition(EVENT, { loaded: true, count: 7 });
    await world.partitions.acquire(partitionKey(MAIN, EVENT), 'worker', MINUTE_MS);
    const shown = await partitionStatus(world);
    expect(shown).toMatchObject({ state: 'in-sync', cached: 0 });
    expect(shown.lease?.until).toBe('2026-11-21T06:48:00.000Z');
  });

  it('compares no numbers of different writers', async () => {
    const world = loadedWorld(MINUTE_MS);
    await world.addPartition(EVENT, { loaded: true, count: 7 });
    const count = world.cache.count.bind(world.cache);
    world.cache.count = async (key, layout) => {
      const counted = await count(key, layout);
      await world.addPartition(EVENT, { count: 8 });
      return counted;
    };
    expect(await partitionStatus(world)).toMatchObject({ state: 'in-sync', count: 8, cached: null });
  });

  it('still answers, and says so, when the cache does not', async () => {
    const world = loadedWorld(MINUTE_MS);
    await world.addPartition(EVENT, { loaded: true, count: 7 });
    world.cache.count = () => Promise.reject(new CacheFailure('cache-unavailable', 'no answer'));
    expect(await partitionStatus(world)).toMatchObject({
      state: 'in-sync',
      cached: null,
      cacheError: 'cache-unavailable',
    });
  });

  it('is behind with its own watermark while a delta is open, and fresh by its stream’s afterwards', async () => {
    const world = loadedWorld(MINUTE_MS);
    const own = plusMs(world.clock.now(), -20 * MINUTE_MS);
    await world.addPartition(EVENT, { loaded: true, watermark: own });
    expect(await partitionStatus(world)).toMatchObject({ state: 'in-sync', freshnessSeconds: 60, stale: false });
    await world.partitions.markOpen(partitionKey(MAIN, EVENT), 9, own);
    expect(await partitionStatus(world)).toMatchObject({
      state: 'behind',
      freshnessSeconds: 1_200,
      stale: true,
      pending: { open: [9], since: '2026-11-21T06:27:00.000Z' },
    });
  });

  it('is loading, and stale, before its first load', async () => {
    const world = new ApiWorld();
    await world.addPartition(EVENT, {});
    expect(await partitionStatus(world)).toMatchObject({
      state: 'loading',
      watermark: null,
      freshnessSeconds: null,
      stale: true,
    });
  });

  it('is stale one second after its limit, not at it', async () => {
    const world = loadedWorld(15 * MINUTE_MS);
    await world.addPartition(EVENT);
    expect((await partitionStatus(world)).stale).toBe(false);
    world.clock.advance(1_000);
    expect((await partitionStatus(world)).stale).toBe(true);
  });

  it('names the force that waits', async () => {
    const world = loadedWorld(MINUTE_MS);
    await world.addPartition(EVENT);
    await world.partitions.requestForce(partitionKey(MAIN, EVENT), '0mi8k2f5c-q3v9x0ab');
    expect((await partitionStatus(world)).force).toEqual({ run: '0mi8k2f5c-q3v9x0ab', at: '2026-11-21T06:47:00.000Z' });
  });
});

describe('the status of a stream', () => {
  it('sums up its partitions', async () => {
    const world = loadedWorld(MINUTE_MS);
    await world.addPartition('1', { loaded: true, count: 10, totals: { runs: 2, succeeded: 2, added: 10 } });
    await world.addPartition('2', {
      loaded: true,
      count: 5,
      totals: { runs: 3, succeeded: 2, failed: 1, added: 6, removed: 1 },
    });
    await world.addPartition('3', { count: 1 });
    await world.partitions.markRebuild(partitionKey(MAIN, '2'));
    const shown = await streamStatus(world);
    expect(shown.partitions).toEqual({ total: 3, behind: 2, pending: 1, records: 16, truncated: false });
    expect(shown.totals).toEqual({ runs: 5, succeeded: 4, failed: 1, added: 16, updated: 0, removed: 1 });
  });

  it('lists a hundred partitions at a time, each once', async () => {
    const world = loadedWorld(MINUTE_MS);
    for (let id = 1; id <= 250; id += 1)
      await world.partitions.discover(partitionKey(MAIN, String(1_000 + id)), undefined);
    const seen: string[] = [];
    const sizes: number[] = [];
    let cursor: string | null = '0';
    while (cursor !== null) {
      const { partitionList } = await streamStatus(world, `?cursor=${cursor}`);
      seen.push(...partitionList.items.map(({ partition }) => partition));
      sizes.push(partitionList.items.length);
      cursor = partitionList.next;
    }
    expect(sizes).toEqual([100, 100, 50]);
    expect(new Set(seen).size).toBe(250);
  });

  it('goes on where a page of the store ends', async () => {
    const world = loadedWorld(MINUTE_MS);
    for (let id = 1; id <= 1_050; id += 1)
      await world.partitions.discover(partitionKey(MAIN, String(10_000 + id)), undefined);
    const last = (await streamStatus(world, '?cursor=900')).partitionList;
    const further = (await streamStatus(world, `?cursor=${last.next}`)).partitionList;
    expect(last.items.at(-1)?.partition).toBe('11000');
    expect(further.items.map(({ partition }) => partition)).toEqual(
      Array.from({ length: 50 }, (_, i) => String(11_001 + i)),
    );
    expect(further.next).toBeNull();
  });

  it('says that its sums are cut beyond 5,000 partitions', async () => {
    const world = loadedWorld(MINUTE_MS);
    for (let id = 1; id <= 5_001; id += 1)
      await world.partitions.discover(partitionKey(MAIN, String(10_000 + id)), undefined);
    expect((await streamStatus(world)).partitions).toMatchObject({ total: 5_000, truncated: true });
  });

  it('shows a walk from its request to its last page', async () => {
    const world = loadedWorld(MINUTE_MS);
    const walk = partitionKey(MAIN, WHOLE_STREAM);
    const run = '0mi8k2f5c-q3v9x0ab';
    expect((await streamStatus(world)).walk).toBeNull();
    await world.partitions.requestForce(walk, run);
    expect((await streamStatus(world)).walk).toEqual({
      run,
      pages: 0,
      seen: 0,
      progress: null,
      state: 'queued',
      error: null,
    });
    const ledger = { ...EMPTY_LEDGER, pages: 2, seen: 2_000 };
    await world.addPartition(WHOLE_STREAM, { full: { run, ledger, phase: 'read' } });
    const reading = { run, pages: 2, seen: 2_000, state: 'reading', error: null };
    expect((await streamStatus(world)).walk).toEqual({ ...reading, progress: null });
    const full = { run, ledger, phase: 'read', startedAt: world.clock.now() } as const;
    await world.addPartition(WHOLE_STREAM, { full: { ...full, progress: { processed: 2_000, total: 8_000 } } });
    // Six calls at 75 % of 50 a minute.
    const progress = { processed: 2_000, total: 8_000, percent: 25, remainingSeconds: 10 };
    expect((await streamStatus(world)).walk).toEqual({ ...reading, progress });
    await world.addPartition(WHOLE_STREAM, { full: { run, ledger, phase: 'finish' } });
    expect((await streamStatus(world)).walk?.state).toBe('finishing');
  });

  it('says why a walk fails, until an attempt succeeds', async () => {
    const world = loadedWorld(MINUTE_MS);
    await world.partitions.requestForce(partitionKey(MAIN, WHOLE_STREAM), '0mi8k2f5c-q3v9x0ab');
    const last = { run: 'r', task: 'walk', at: world.clock.now(), durationMs: 1, ledger: EMPTY_LEDGER } as const;
    const failed = { ...last, outcome: 'failed', error: 'too-many-rejected' } as const;
    await world.addPartition(WHOLE_STREAM, { failures: 2, lastRun: failed });
    expect((await streamStatus(world)).walk).toMatchObject({ state: 'queued', error: 'too-many-rejected' });
    await world.addPartition(WHOLE_STREAM, { failures: 0 });
    expect((await streamStatus(world)).walk?.error).toBeNull();
  });

  it('does not count the walk as a partition', async () => {
    const world = loadedWorld(MINUTE_MS);
    await world.addPartition(WHOLE_STREAM, { count: 99, totals: { runs: 1, succeeded: 1 } });
    const shown = await streamStatus(world);
    expect(shown.partitions).toMatchObject({ total: 0, records: 0 });
    expect(shown.partitionList.items).toEqual([]);
    expect(shown.totals.runs).toBe(1);
  });

  it('shows when and why the next run comes', async () => {
    const world = loadedWorld(MINUTE_MS);
    const nextDueAt = plusMs(world.clock.now(), 4 * MINUTE_MS);
    world.setStream({
      ...NEW_STREAM,
      loaded: true,
      nextDueAt,
      intervalMs: 12 * MINUTE_MS,
      intervalReason: 'daily-budget',
    });
    const shown = await streamStatus(world);
    expect(shown).toMatchObject({ running: true, nextRunAt: '2026-11-21T06:51:00.000Z' });
    expect(shown.intervalMinutes).toMatchObject({ configured: 5, effective: 12 });
    expect(shown.intervalMinutes.reason).toContain('calls');
  });

  it('expects no run before the pause the source asked for is over', async () => {
    const world = loadedWorld(MINUTE_MS);
    await world.budget.pause('main', plusMs(world.clock.now(), 10 * MINUTE_MS), 'quota-spent');
    expect((await streamStatus(world)).nextRunAt).toBe('2026-11-21T06:57:00.000Z');
  });

  it('expects no run while it is paused', async () => {
    const world = loadedWorld(MINUTE_MS);
    await world.streams.setPaused(MAIN, true);
    expect(await streamStatus(world)).toMatchObject({ running: false, paused: true, nextRunAt: null });
  });

  it('is as fresh as its partition that is furthest behind where each is asked by itself', async () => {
    const world = new ApiWorld();
    world.open = [openConnection('main', { streams: [{ ...REGISTRATIONS, coverage: 'partition' }] })];
    await world.addPartition('1', { loaded: true, watermark: plusMs(world.clock.now(), -MINUTE_MS) });
    await world.addPartition('2', { loaded: true, watermark: plusMs(world.clock.now(), -9 * MINUTE_MS) });
    expect((await streamStatus(world)).freshnessSeconds).toBe(540);
  });

  it('is loaded once each partition is, where each is asked by itself', async () => {
    const world = new ApiWorld();
    world.open = [openConnection('main', { streams: [{ ...REGISTRATIONS, coverage: 'partition' }] })];
    expect((await streamStatus(world)).loaded).toBe(false);
    await world.addPartition('1', { loaded: true, watermark: plusMs(world.clock.now(), -MINUTE_MS) });
    await world.partitions.discover(partitionKey(MAIN, '2'), undefined);
    expect((await streamStatus(world)).loaded).toBe(false);
    await world.addPartition('2', { loaded: true, watermark: plusMs(world.clock.now(), -MINUTE_MS) });
    expect((await streamStatus(world)).loaded).toBe(true);
  });

  it('shows the newest run of its history', async () => {
    const world = loadedWorld(MINUTE_MS);
    const base = {
      ...MAIN,
      partition: '1',
      task: 'full',
      trigger: 'force',
      state: 'queued',
      ledger: EMPTY_LEDGER,
    } as const;
    await world.addRun({ ...base, run: '0mi8k2f5c-aaaaaaaa', requestedAt: world.clock.now() });
    await world.addRun({ ...base, run: '0mi8k2f5d-aaaaaaaa', requestedAt: world.clock.now() });
    expect((await streamStatus(world)).lastRun).toMatchObject({
      run: '0mi8k2f5d-aaaaaaaa',
      state: 'queued',
      outcome: null,
    });
  });
});

describe('the status of connections', () => {
  it('shows what is spent and left of the calls', async () => {
    const world = new ApiWorld();
    for (const _ of [1, 2, 3]) await world.budget.reserve('main', openConnection('main').limits, 'scheduled');
    const { body } = await world.get('/v1/status/main');
    expect(connection.parse(body).budget).toEqual({
      perMinute: 50,
      perDay: 1_000,
      minuteUsed: 3,
      dayUsed: 3,
      leftToday: 997,
      scheduledLeftToday: 897,
      resetsAt: '2026-11-22T00:00:00.000Z',
      pausedUntil: null,
      pauseReason: null,
      breaker: { state: 'closed', since: null, failures: 0, retryAt: null },
    });
  });

  it('says that the source is down, since when, and that this is what streams wait for', async () => {
    const world = loadedWorld(MINUTE_MS);
    const failed = () => world.budget.report('main', { outcome: 'failed', fraction: 0.5 });
    for (const _ of [1, 2, 3, 4, 5]) await failed();
    const shown = async () => connection.parse((await world.get('/v1/status/main')).body);
    const open = await shown();
    const breaker = { since: '2026-11-21T06:47:00.000Z', failures: 5, retryAt: '2026-11-21T06:47:22.500Z' };
    expect(open.budget?.breaker).toEqual({ state: 'open', ...breaker });
    expect(open.streams[0]?.nextRunAt).toBe('2026-11-21T06:47:22.500Z');
    expect(open.streams[0]?.intervalMinutes.reason).toMatch(/does not answer/);
    world.clock.advance(30_000);
    expect((await shown()).budget?.breaker).toEqual({ state: 'half-open', ...breaker });
    await world.budget.report('main', { outcome: 'answered', fraction: 0 });
    const closed = await shown();
    expect(closed.budget?.breaker).toEqual({ state: 'closed', since: null, failures: 0, retryAt: null });
    expect(closed.streams[0]?.intervalMinutes.reason).toBe('as configured');
  });

  it('counts nothing of a minute and a day that are over', async () => {
    const world = new ApiWorld();
    await world.budget.reserve('main', openConnection('main').limits, 'scheduled');
    world.clock.advance(24 * 60 * MINUTE_MS);
    const { body } = await world.get('/v1/status/main');
    expect(connection.parse(body).budget).toMatchObject({ minuteUsed: 0, dayUsed: 0, leftToday: 1_000 });
  });

  it('shows all, and what is wrong with one that cannot be opened', async () => {
    const world = new ApiWorld();
    world.broken = [{ id: 'bad', problems: ['settings.host: is missing'] }];
    const { body } = await world.get('/v1/status');
    expect(status.parse(body).connections.map(({ id, enabled, problems }) => [id, enabled, problems])).toEqual([
      ['main', true, []],
      ['off', false, []],
      ['bad', false, ['settings.host: is missing']],
    ]);
    const one = await world.get('/v1/status/bad');
    expect(connection.parse(one.body)).toMatchObject({ source: null, budget: null, streams: [] });
  });

  it('shows a stream that has never run as waiting, not as an error', async () => {
    const { body } = await new ApiWorld().get('/v1/status/main');
    expect(connection.parse(body).streams[0]).toMatchObject({
      loaded: false,
      watermark: null,
      stale: true,
      lastRun: null,
    });
  });

  it('answers nothing that the document does not describe', async () => {
    const world = loadedWorld(MINUTE_MS);
    await world.addPartition(EVENT, { loaded: true, count: 1 });
    const all = await world.get('/v1/status');
    const stream = await world.get('/v1/status/main/registrations');
    const partition = await world.get(`/v1/status/main/registrations/${EVENT}`);
    expect(status.parse(all.body)).toEqual(all.body);
    expect(streamDetail.parse(stream.body)).toEqual(stream.body);
    expect(partitionDetail.parse(partition.body)).toEqual(partition.body);
  });
});
