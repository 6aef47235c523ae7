import { describe, expect, it } from 'vitest';
import { BREAKER_THRESHOLD } from '../../../lib/domain/breaker.ts';
import { type Instant, parseIsoInstant, plusMs } from '../../../lib/domain/instant.ts';
import { TEST_START } from '../../fakes/manual-clock.ts';
import { Deliveries } from '../../support/deliveries.ts';
import { LIBRARY, World, type WorldOptions } from '../../support/world.ts';

const SHELVES = 200;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const CYCLE_MS = 300_000;
const PER_MINUTE = 60;

/** No message carries records: each changed partition costs a call. */
const SLOW: WorldOptions = { policy: { inlineBytes: 10 }, perMinute: PER_MINUTE };

const DOWN = 'the source is down: its calls are held back';
const BACK = 'the source answers again';

async function fill(world: World, shelves = SHELVES): Promise<void> {
  const long = plusMs(world.server.now(), -86_400_000);
  for (let shelf = 0; shelf < shelves; shelf += 1) world.server.put(`b${shelf}`, `s${shelf}`, 'first', long);
  await world.load();
}

/** Every shelf is edited, and handed out. */
async function changeAll(world: World, shelves = SHELVES): Promise<void> {
  world.clock.advance(HOUR_MS);
  for (let shelf = 0; shelf < shelves; shelf += 1) world.server.put(`b${shelf}`, `s${shelf}`, 'edited');
  await world.plan();
  expect(world.queue.sent).toHaveLength(shelves);
}

async function allShelvesPending(): Promise<World> {
  const world = new World(SLOW);
  await fill(world);
  await changeAll(world);
  return world;
}

async function loaded(): Promise<World> {
  const world = new World();
  await fill(world, 3);
  return world;
}

/** Cycles, until the source has failed often enough. */
async function failUntilOpen(world: World): Promise<void> {
  for (let cycle = 0; cycle < BREAKER_THRESHOLD && logged(world, DOWN) === 0; cycle += 1) {
    world.clock.advance(CYCLE_MS);
    await world.plan();
  }
}

function differing(world: World): readonly string[] {
  return [...world.server.shelves.keys()].filter((shelf) => {
    const [cached, truth] = [world.cached(shelf), world.server.truth(shelf)];
    return cached.size !== truth.size || [...truth].some(([id, text]) => cached.get(id) !== text);
  });
}

/** The most instants that lie within any span of this length, both ends included. */
function mostWithin(instants: readonly Instant[], spanMs: number): number {
  const sorted = instants.toSorted((a, b) => a - b);
  let [most, from] = [0, 0];
  for (const [index, at] of sorted.entries()) {
    while ((sorted[from] ?? at) < at - spanMs) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}

function logged(world: World, message: string): number {
  return world.telemetry.logs.filter((log) => log.message === message).length;
}

/** The longest wait for the next try, and the spread of those who may make it, bound how long that takes. */
async function passUntilBack(world: World, deliveries: Deliveries): Promise<void> {
  for (let seconds = 0; logged(world, BACK) === 0; seconds += 1) {
    if (seconds > 21 * 60) throw new Error('nobody has tried whether the source is back');
    await deliveries.pass(1_000);
  }
}

/** Deltas asked for: questions about the whole stream since an instant. */
function deltas(world: World): number {
  return world.server.requests.filter(({ searchParams }) => searchParams.has('since') && !searchParams.has('shelf'))
    .length;
}

describe('a source that is down for an hour, with 200 partitions pending', () => {
  it('is called about five partitions and then only tried, and all converges within two cycles after', async () => {
    const world = await allShelvesPending();
    const deliveries = new Deliveries(world);
    const before = world.server.requests.length;
    world.server.down = true;
    await deliveries.pass(HOUR_MS);
    const openings = logged(world, DOWN);
    // Each of the five fails in every attempt of its run; a try by one of them lets another try.
    expect(world.server.requests.length - before).toBeLessThanOrEqual(3 * BREAKER_THRESHOLD + 2 * openings);
    expect(openings).toBeLessThanOrEqual(12);
    // Whoever was postponed comes back at a time of its own: a sixtieth of them in each second, give or take.
    expect(mostWithin(deliveries.delayedTo.slice(0, SHELVES), 999)).toBeLessThanOrEqual(SHELVES / 12);

    // Never a success, and no reason to make the partition wait longer once the source is back.
    const waiting = await world.partition('s7');
    expect(waiting).toMatchObject({ failures: 0, lastRun: { outcome: 'failed', error: 'source-down' } });

    world.server.down = false;
    await passUntilBack(world, deliveries);
    await deliveries.pass(2 * CYCLE_MS);
    expect(differing(world)).toEqual([]);
    expect(deliveries.waiting).toBe(0);
    expect(mostWithin(world.server.requestedAt, MINUTE_MS)).toBeLessThanOrEqual(PER_MINUTE);
    // Each partition is read once, and once more those that the overlap hands out again.
    expect(world.server.requests.length - before).toBeLessThanOrEqual(2 * SHELVES);
    // Failures send a message back until the breaker opens, and none after that.
    expect(deliveries.comebacks).toBeLessThanOrEqual(BREAKER_THRESHOLD);
    expect(deliveries.deadLetters).toEqual([]);
  });
});

describe('the planner, while a source is down', () => {
  it('asks with one call at a time, and catches up with one delta', async () => {
    const world = await loaded();
    const deliveries = new Deliveries(world);
    const [before, ticks] = [world.server.requests.length, world.telemetry.sum('PlannerCycles')];
    world.server.down = true;
    world.server.put('b1', 's1', 'edited meanwhile');
    await deliveries.pass(3 * HOUR_MS);
    expect(world.telemetry.sum('PlannerCycles') - ticks).toBe(36);
    const openings = logged(world, DOWN);
    // Each of the five fails in every attempt of its run; a try by one of them lets another try.
    expect(world.server.requests.length - before).toBeLessThanOrEqual(3 * BREAKER_THRESHOLD + 2 * openings);
    expect(await world.stream()).toMatchObject({ intervalReason: 'source-down' });

    world.server.down = false;
    const asked = deltas(world);
    await passUntilBack(world, deliveries);
    await deliveries.pass(CYCLE_MS - MINUTE_MS);
    expect(deltas(world) - asked).toBe(1);
    expect(differing(world)).toEqual([]);
    expect(await world.stream()).toMatchObject({ intervalReason: 'configured', failures: 0 });
  });

  it('writes nothing, and still reports how stale the stream grows', async () => {
    const world = await loaded();
    world.server.down = true;
    await failUntilOpen(world);
    const metrics = () => world.telemetry.metrics.splice(0);
    metrics();
    const before = await world.stream();
    const calls = world.server.requests.length;
    world.clock.advance(10_000);
    await world.plan();
    expect(world.server.requests.length).toBe(calls);
    expect(await world.stream()).toEqual(before);
    expect(world.queue.sent).toEqual([]);
    const seconds = Math.round((world.clock.now() - (before?.watermark ?? 0)) / 1_000);
    const reported = metrics();
    expect(reported).toContainEqual({ name: 'BreakerOpen', value: 1, dimensions: { connection: 'library' } });
    expect(reported).toContainEqual({ name: 'FreshnessSeconds', value: seconds, dimensions: LIBRARY });
    world.server.down = false;
    await world.cycle();
    metrics();
    await world.cycle();
    expect(metrics()).toContainEqual({ name: 'BreakerOpen', value: 0, dimensions: { connection: 'library' } });
  });

  it('sends one message where each partition is asked by itself, to try the source', async () => {
    const world = new World({ coverage: 'partition' });
    await fill(world, 30);
    const failed = () => world.ports.budget.report('library', { outcome: 'failed', fraction: 0 });
    for (let call = 0; call < BREAKER_THRESHOLD; call += 1) await failed();
    world.clock.advance(CYCLE_MS);
    await world.plan();
    expect(world.queue.sent).toHaveLength(1);
  });

  it('tries with one partition where each is asked by itself, and then asks them all', async () => {
    const world = new World({ coverage: 'partition' });
    await fill(world, 30);
    const deliveries = new Deliveries(world);
    world.server.down = true;
    await deliveries.pass(HOUR_MS);
    const [calls, openings] = [world.server.requests.length, logged(world, DOWN)];
    expect(deliveries.waiting).toBeLessThanOrEqual(31);
    for (let shelf = 0; shelf < 30; shelf += 1) world.server.put(`b${shelf}`, `s${shelf}`, 'edited');
    world.server.down = false;
    await passUntilBack(world, deliveries);
    await deliveries.pass(2 * CYCLE_MS);
    expect(openings).toBeGreaterThan(3);
    expect(differing(world)).toEqual([]);
    expect(world.server.requests.length - calls).toBeLessThanOrEqual(30 * 4);
    expect(deliveries.deadLetters).toEqual([]);
  });
});

describe('a message, while a source is down', () => {
  it('is not sent back, not even by the very call that tries the source', async () => {
    const world = new World({ policy: { attempts: 1 } });
    await fill(world, 9);
    world.server.down = true;
    const due = (shelf: number) => ({ ...LIBRARY, partition: `s${shelf}`, task: 'window', reason: 'due' }) as const;
    const verdicts = [];
    for (let call = 0; call < BREAKER_THRESHOLD + 1; call += 1) verdicts.push(await world.deliver(due(call)));
    const { breaker } = await world.ports.budget.read('library');
    world.clock.advance((breaker?.retryAt ?? 0) - world.clock.now());
    verdicts.push(await world.deliver(due(7)));
    expect(verdicts.map((verdict) => (verdict instanceof Error ? 'back' : verdict.verdict))).toEqual([
      ...Array.from({ length: BREAKER_THRESHOLD - 1 }, () => 'back'),
      'done',
      'done',
      'done',
    ]);
    expect(world.queue.sent.map(({ task: { partition } }) => partition)).toEqual(['s4', 's5', 's7']);
  });
});

describe('what counts as a failure of the source', () => {
  const answer = (status: number, body = '') => ({ status, body });

  it.each([
    ['no connection', 'network-error' as const],
    ['a server error', answer(503)],
    ['a body that is no answer', answer(200, '{"books":')],
    ['an answer of another kind', answer(200, '{}')],
  ])('%s', async (_what, failure) => {
    const world = await loaded();
    world.server.scripted.push(...Array.from({ length: BREAKER_THRESHOLD }, () => failure));
    await failUntilOpen(world);
    expect(logged(world, DOWN)).toBe(1);
  });

  it.each([
    ['too many calls', answer(429)],
    ['no rights', answer(403)],
    ['an expired page token', answer(410)],
  ])('%s does not, and ends the count', async (_what, refusal) => {
    const world = await loaded();
    const failures = Array.from({ length: BREAKER_THRESHOLD - 1 }, () => answer(500));
    world.server.scripted.push(...failures, refusal, ...failures);
    for (let cycle = 0; cycle < 8; cycle += 1) {
      world.clock.advance(HOUR_MS);
      await world.plan();
    }
    expect(world.server.scripted).toEqual([]);
    expect(logged(world, DOWN)).toBe(0);
    expect((await world.ports.budget.read('library')).breaker).toBeUndefined();
  });
});

describe("a day's calls, once they are spent", () => {
  // As many as a delta remembers: none is handed out twice.
  const shelves = 70;

  it.each([
    ['by the vendor’s word', {}, 20],
    ['by our own count', { perDay: 60 }, Number.POSITIVE_INFINITY],
  ])('%s, are waited for by everybody until they begin anew, and then spent evenly', async (_what, options, left) => {
    const world = new World({ ...SLOW, ...options, resetZone: 'America/New_York' });
    await fill(world, shelves);
    await changeAll(world, shelves);
    const deliveries = new Deliveries(world);
    world.server.callsLeft = left;
    await deliveries.pass(HOUR_MS);
    const [spent, unread] = [world.server.requests.length, differing(world).length];
    expect(unread).toBeGreaterThan(15);
    const reset = parseIsoInstant('2026-11-22T05:00:00Z') ?? TEST_START;
    await deliveries.pass(reset - world.clock.now() - 1);
    expect(world.server.requests.length).toBe(spent);
    expect(deliveries.waiting).toBe(0);
    expect(await world.stream()).toMatchObject({ intervalReason: 'quota-spent', nextDueAt: reset });

    world.server.callsLeft = Number.POSITIVE_INFINITY;
    deliveries.delayedTo.splice(0);
    const asked = deltas(world);
    await deliveries.pass(CYCLE_MS);
    expect(differing(world)).toEqual([]);
    expect(deltas(world) - asked).toBe(1);
    expect(world.server.requests.length - spent).toBe(1 + unread);
    // The first at once, and then one after the other as the minute's calls allow.
    expect(deliveries.delayedTo).toHaveLength(unread - 1);
    expect(mostWithin(deliveries.delayedTo, 999)).toBe(1);
    expect(deliveries.deadLetters).toEqual([]);
  });
});

describe('a planner that was not called for six hours', () => {
  it('catches up with one delta, page by page, within what the minute affords', async () => {
    const world = new World({ perMinute: PER_MINUTE });
    await fill(world, 30);
    world.server.pageSize = 50;
    for (let minute = 0; minute < 360; minute += 1) {
      world.clock.advance(MINUTE_MS);
      world.server.put(`new-${minute}`, `s${minute % 30}`, 'made during the outage');
    }
    const before = world.calls();
    await world.plan();
    await world.drain();
    expect(differing(world)).toEqual([]);
    expect(world.calls() - before).toBe(Math.ceil(360 / 50));
    expect(mostWithin(world.server.requestedAt, MINUTE_MS)).toBeLessThanOrEqual(PER_MINUTE);
  });
});

describe('a source that wants fewer calls', () => {
  it('gets none before the time it named, though 200 messages wait', async () => {
    const world = await allShelvesPending();
    const deliveries = new Deliveries(world);
    const before = world.server.requests.length;
    world.server.scripted.push({ status: 429, body: '', retryAfter: '240' });
    await deliveries.pass(239_000);
    expect(world.server.requests.length - before).toBe(1);
    await deliveries.pass(30 * MINUTE_MS);
    expect(differing(world)).toEqual([]);
    expect(mostWithin(world.server.requestedAt, MINUTE_MS)).toBeLessThanOrEqual(PER_MINUTE);
    expect(deliveries.deadLetters).toEqual([]);
  });
});
