import { describe, expect, it } from 'vitest';
import { problem } from '../../../functions/api/schemas/common.ts';
import { explanation, forgetAnswer, sample } from '../../../functions/api/schemas/record.ts';
import { plusMs, toIso } from '../../../lib/domain/instant.ts';
import { partitionKey } from '../../../lib/domain/names.ts';
import type { SourceRecord } from '../../../lib/domain/record.ts';
import { NEW_STREAM } from '../../../lib/domain/stream.ts';
import { SourceFailure, type SourcePage } from '../../../lib/ports/source.ts';
import { ApiWorld, EVENT, MAIN, openConnection, REGISTRATIONS } from './api-world.ts';

const RECORD = '4433256000013547101';
const SECRET = 'a value of the record';

/** An event that was read up to a minute ago and holds one record, changed an hour ago. */
async function worldWithRecord(options: { readonly locators?: boolean } = {}): Promise<ApiWorld> {
  const world = new ApiWorld();
  const { locators = true } = options;
  const streams = [{ ...REGISTRATIONS, locators }];
  world.open = [openConnection('main', { streams }), openConnection('off', { enabled: false, streams })];
  const now = world.clock.now();
  world.setStream({ ...NEW_STREAM, loaded: true, watermark: plusMs(now, -60_000) });
  await world.addPartition(EVENT, { loaded: true, cached: true, watermark: plusMs(now, -60_000), count: 1 });
  await write(world, EVENT, [recordOf(world)], locators);
  return world;
}

function recordOf(world: ApiWorld, change: Partial<SourceRecord> = {}): SourceRecord {
  const modified = plusMs(world.clock.now(), -3_600_000);
  return { id: RECORD, partition: EVENT, modified, body: JSON.stringify({ name: SECRET }), ...change };
}

async function write(world: ApiWorld, partition: string, records: readonly SourceRecord[], locators = true) {
  await world.cache.apply({
    key: partitionKey(MAIN, partition),
    layout: { partitionKind: 'event', locators, version: 1 },
    fence: 1,
    create: true,
    verify: false,
    path: 'window',
    records,
    order: 7,
    meta: { lastSync: world.clock.now(), loaded: true, pending: false },
  });
}

async function explain(world: ApiWorld, record = RECORD, query = '', scopes: 'read' | 'read operate' = 'read') {
  const answer = await world.get(`/v1/explain/main/registrations/${record}${query}`, scopes);
  expect(answer.status).toBe(200);
  expect(answer.text).not.toContain(SECRET);
  return explanation.parse(answer.body);
}

function showing(world: ApiWorld, page: Partial<SourcePage>): string[] {
  const asked: string[] = [];
  const read = async (query: { readonly ids?: readonly string[] }): Promise<SourcePage> => {
    asked.push(...(query.ids ?? ['everything']));
    return { records: [], rejected: [], servedAt: world.clock.now(), order: 8, ...page };
  };
  world.open = [openConnection('main', { read })];
  return asked;
}

describe('the explanation of a record', () => {
  it('that is in the cache tells its version, how it came there, and how its partition stands', async () => {
    const world = await worldWithRecord();
    const modified = toIso(plusMs(world.clock.now(), -3_600_000));
    expect(await explain(world)).toMatchObject({
      ...MAIN,
      record: RECORD,
      verdict: 'in-sync',
      partition: EVENT,
      cache: { present: true, body: 'intact', tombstone: false, modified, readOrder: 7, writtenBy: 'window' },
      locator: { partition: EVENT, modified, gone: null },
      partitionStatus: { partition: EVENT, state: 'in-sync', count: 1 },
      streamStatus: { loaded: true, paused: false },
      source: null,
      looked: { partitions: 1, complete: true },
    });
  });

  it('asks the source only when told to, once and for this record, and compares', async () => {
    const world = await worldWithRecord();
    const asked = showing(world, { records: [recordOf(world)] });
    await explain(world);
    expect(asked).toEqual([]);
    const { verdict, source } = await explain(world, RECORD, '?source=true', 'read operate');
    expect(asked).toEqual([RECORD]);
    expect(verdict).toBe('in-sync');
    expect(source).toMatchObject({ outcome: 'found', partition: EVENT, comparedWithCache: 'same' });
  });

  it('spends a call only for an operator', async () => {
    const world = await worldWithRecord();
    const asked = showing(world, {});
    const answer = await world.get(`/v1/explain/main/registrations/${RECORD}?source=true`, 'read');
    expect(answer.status).toBe(403);
    expect(asked).toEqual([]);
  });

  it('finds drift: the source has had a newer version for long', async () => {
    const world = await worldWithRecord();
    showing(world, { records: [recordOf(world, { modified: plusMs(world.clock.now(), -1_800_000), body: '{}' })] });
    const { verdict, advice, source } = await explain(world, RECORD, '?source=true', 'read operate');
    expect(verdict).toBe('stale');
    expect(advice).toContain('POST /v1/drift/');
    expect(source).toMatchObject({ comparedWithCache: 'newer' });
  });

  it('looks where the source has it, when nothing else tells', async () => {
    const world = await worldWithRecord();
    showing(world, { records: [recordOf(world, { id: '9' })] });
    expect(await explain(world, '9', '?source=true', 'read operate')).toMatchObject({
      verdict: 'missing',
      partition: EVENT,
      cache: { present: false },
    });
  });

  it('tells what the source says against it, or why it says nothing', async () => {
    const world = await worldWithRecord();
    showing(world, { rejected: [{ id: RECORD, reason: 'bad-partition', contentHash: 'aaaaaaaaaaaaaaaa' }] });
    expect(await explain(world, RECORD, '?source=true', 'read operate')).toMatchObject({
      verdict: 'quarantined',
      source: { outcome: 'rejected', reason: 'bad-partition' },
    });
    const retryAt = plusMs(world.clock.now(), 60_000);
    const failure = new SourceFailure('source-rate-limited', 'too many calls', { retryAt, status: 429 });
    world.open = [openConnection('main', { read: () => Promise.reject(failure) })];
    expect(await explain(world, RECORD, '?source=true', 'read operate')).toMatchObject({
      verdict: 'in-sync',
      source: { outcome: 'failed', reason: 'source-rate-limited' },
    });
    expect((await world.budget.read('main')).pausedUntil).toBe(retryAt);
  });

  it('knows a record that is quarantined, one that is held, and one that is pending', async () => {
    const world = await worldWithRecord();
    await world.quarantine.put(MAIN, [{ id: '7', reason: 'too-large', contentHash: 'aaaaaaaaaaaaaaaa' }]);
    expect(await explain(world, '7')).toMatchObject({ verdict: 'quarantined', quarantine: { reason: 'too-large' } });
    await world.plans.hold({
      ...partitionKey(MAIN, EVENT),
      plan: '0mi8k2f5c-q3v9x0ab',
      reason: 'absent',
      rule: 'empties-partition',
      state: 'held',
      removals: 1,
      cached: 1,
      sample: [RECORD],
      createdAt: world.clock.now(),
      expiresAt: plusMs(world.clock.now(), 1_000),
    });
    expect(await explain(world)).toMatchObject({
      verdict: 'held-deletion',
      partitionStatus: { heldPlans: ['0mi8k2f5c-q3v9x0ab'] },
    });
    world.clock.advance(2_000);
    await world.partitions.markOpen(partitionKey(MAIN, EVENT), 1, world.clock.now());
    expect((await explain(world)).verdict).toBe('behind');
  });

  it('looks through partitions where no locator tells, and says how far it got', async () => {
    const world = await worldWithRecord({ locators: false });
    for (let index = 0; index < 8; index += 1) await world.addPartition(String(100 + index));
    expect(await explain(world)).toMatchObject({ verdict: 'in-sync', partition: EVENT });
    expect(await explain(world, '9')).toMatchObject({
      verdict: 'never-seen',
      partition: null,
      cache: null,
      looked: { partitions: 9, complete: true },
    });
    for (let index = 0; index < 50; index += 1) await world.addPartition(String(200 + index));
    expect(await explain(world, '9')).toMatchObject({ looked: { partitions: 50, complete: false } });
    expect(await explain(world, RECORD, `?partition=${EVENT}`)).toMatchObject({ verdict: 'in-sync' });
  });

  it('takes any id, as the gateway decodes it', async () => {
    const world = await worldWithRecord();
    for (const id of ['a/b', '100%', 'żółć 1', 'a%2Fb']) {
      await write(world, EVENT, [recordOf(world, { id })]);
      expect(await explain(world, id)).toMatchObject({ record: id, verdict: 'in-sync' });
    }
  });

  it.each([
    ['an unknown stream', '/v1/explain/main/orders/1', '404 unknown-stream'],
    ['an id of our own', '/v1/explain/main/registrations/#fence', '422 invalid'],
    ['a partition that cannot be one', '/v1/explain/main/registrations/1?partition=event-1', '422 invalid'],
    ['an unknown parameter', '/v1/explain/main/registrations/1?soure=true', '422 invalid'],
  ])('refuses %s', async (_, path, refusal) => {
    const { status, type } = problem.parse((await new ApiWorld().get(path, 'read operate')).body);
    expect(`${status} ${type.split(':').at(-1)}`).toBe(refusal);
  });
});

describe('forgetting a record', () => {
  const path = (record = RECORD, connection = 'main') => `/v1/forget/${connection}/registrations/${record}`;

  it('writes down that it must stay away, and sends for its removal', async () => {
    const world = await worldWithRecord();
    await world.quarantine.put(MAIN, [{ id: RECORD, reason: 'too-large', contentHash: 'aaaaaaaaaaaaaaaa' }]);
    const answer = await world.post(path());
    expect(answer.status).toBe(202);
    expect(forgetAnswer.parse(answer.body)).toMatchObject({ record: RECORD, partitions: [EVENT] });
    const [kept] = await world.forgotten.list(MAIN);
    expect(kept).toMatchObject({ record: RECORD, partition: EVENT, at: world.clock.now() });
    const state = await world.partitions.read(partitionKey(MAIN, EVENT));
    expect(state?.pending.moved).toEqual({ [RECORD]: kept?.stamp });
    expect(await world.quarantine.find(MAIN, RECORD)).toBeUndefined();
    expect(world.queue.sent).toEqual([
      { task: { ...MAIN, partition: EVENT, task: 'window', reason: 'pending' }, lane: 'priority' },
    ]);
    expect(await explain(world)).toMatchObject({ verdict: 'forgotten', forgotten: { partition: EVENT } });
  });

  it('may be repeated, and counts though the queue takes no message', async () => {
    const world = await worldWithRecord();
    world.queue.refuses = () => true;
    expect((await world.post(path())).status).toBe(202);
    const first = await world.forgotten.list(MAIN);
    expect((await world.post(path())).status).toBe(202);
    expect(await world.forgotten.list(MAIN)).toEqual(first);
  });

  it('whose stamp is lost lets nothing back that was changed before now', async () => {
    const world = await worldWithRecord();
    world.cache.keys.drop(`tidemark:stamps:main:registrations:${EVENT}`);
    world.cache.keys.drop(`cache:record:main:registrations:${RECORD}`);
    await world.post(`${path()}?partition=${EVENT}`);
    const [kept] = await world.forgotten.list(MAIN);
    expect(Number(kept?.stamp.slice(0, 14))).toBe(world.clock.now());
  });

  it('leaves every partition that has a trace of it', async () => {
    const world = await worldWithRecord();
    await world.addPartition('2');
    await write(world, '2', [recordOf(world, { partition: '2', modified: plusMs(world.clock.now(), -1_000) })]);
    const answer = await world.post(`${path()}?partition=${EVENT}`);
    expect(forgetAnswer.parse(answer.body).partitions).toEqual([EVENT, '2']);
  });

  it.each([
    ['of which nothing is known', path('9'), '404 unknown-record', 'cache entries of 1 event(s)'],
    ['of a disabled connection', path(RECORD, 'off'), '409 connection-disabled', '"enabled": true'],
  ])('%s is refused and leaves nothing behind', async (_, url, refusal, advice) => {
    const world = await worldWithRecord();
    const before = world.traces();
    const { status, type, detail } = problem.parse((await world.post(url)).body);
    expect(`${status} ${type.split(':').at(-1)}`).toBe(refusal);
    expect(detail).toContain(advice);
    expect(world.traces()).toEqual(before);
    expect(await world.forgotten.list(MAIN)).toEqual([]);
  });

  it('needs the scope operate', async () => {
    expect((await new ApiWorld().post(path(), undefined, 'read')).status).toBe(403);
  });
});

describe('the sample of a partition', () => {
  it('has ids of records that readers find, and nothing of what they hold', async () => {
    const world = await worldWithRecord();
    const answer = await world.get(`/v1/sample/main/registrations/${EVENT}?limit=5`);
    expect(sample.parse(answer.body)).toEqual({ ...MAIN, partition: EVENT, records: [RECORD] });
    expect(answer.text).not.toContain(SECRET);
    expect((await world.get('/v1/sample/main/registrations/7')).body).toMatchObject({ records: [] });
  });
});
