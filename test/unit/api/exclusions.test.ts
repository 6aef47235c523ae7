import { describe, expect, it } from 'vitest';
import { duplicates, excluded } from '../../../functions/api/schemas/exclusion.ts';
import { forgetAnswer } from '../../../functions/api/schemas/record.ts';
import { plusMs } from '../../../lib/domain/instant.ts';
import { partitionKey } from '../../../lib/domain/names.ts';
import type { StreamDefinition } from '../../../lib/ports/source.ts';
import { ApiWorld, EVENT, MAIN, openConnection, REGISTRATIONS } from './api-world.ts';

const IDENTIFIED = { ...REGISTRATIONS, identities: (body: string) => [body] };

async function worldOf(
  bodies: readonly string[],
  streams: readonly StreamDefinition[] = [IDENTIFIED],
): Promise<ApiWorld> {
  const world = new ApiWorld();
  world.open = [openConnection('main', { streams }), openConnection('off', { enabled: false, streams })];
  await world.addPartition(EVENT, { loaded: true, cached: true, count: bodies.length });
  const modified = plusMs(world.clock.now(), -3_600_000);
  await world.cache.apply({
    key: partitionKey(MAIN, EVENT),
    layout: { partitionKind: 'event', locators: true, version: 1 },
    fence: 1,
    create: true,
    verify: false,
    path: 'window',
    records: bodies.map((body, index) => ({ id: `r ${index}`, partition: EVENT, modified, body })),
    order: 7,
    meta: { lastSync: world.clock.now(), loaded: true, pending: false },
  });
  return world;
}

const record = (verb: string, id: string, connection = 'main') => `/v1/${verb}/${connection}/registrations/${id}`;
const DUPLICATES = `/v1/duplicates/main/registrations/${EVENT}`;

describe('excluding a record', () => {
  it('writes down that it must stay away, sends for its removal, and lists it', async () => {
    const world = await worldOf(['{}']);
    const answer = await world.post(record('exclude', 'r 0'));
    expect(answer.status).toBe(202);
    expect(forgetAnswer.parse(answer.body)).toMatchObject({ record: 'r 0', partitions: [EVENT] });
    expect(world.queue.sent).toMatchObject([{ task: { partition: EVENT, task: 'window' }, lane: 'priority' }]);
    const listed = await world.get('/v1/excluded/main/registrations');
    expect(excluded.parse(listed.body)).toMatchObject({ excluded: [{ record: 'r 0', partition: EVENT }], next: null });
  });

  it('ends when it is included, and only then', async () => {
    const world = await worldOf(['{}']);
    await world.post(record('exclude', 'r 0'));
    expect((await world.post(record('include', 'r 0'))).status).toBe(202);
    expect((await world.get('/v1/excluded/main/registrations')).body).toEqual({ excluded: [], next: null });
    expect((await world.post(record('include', 'r 0'))).status).toBe(404);
  });

  it('is listed page by page, and by partition', async () => {
    const world = await worldOf([]);
    for (let index = 100; index < 202; index += 1)
      await world.post(`${record('exclude', `r ${index}`)}?partition=${EVENT}`);
    const first = excluded.parse((await world.get('/v1/excluded/main/registrations')).body);
    expect(first.excluded).toHaveLength(100);
    const second = await world.get(`/v1/excluded/main/registrations?cursor=${first.next}`);
    expect(excluded.parse(second.body).excluded.map((one) => one.record)).toEqual(['r 200', 'r 201']);
    expect((await world.get('/v1/excluded/main/registrations?partition=9')).body).toMatchObject({ excluded: [] });
  });

  it.each([
    ['of which nothing is known', 'exclude', 'nobody', 'main', 404],
    ['of a disabled connection', 'exclude', 'r 0', 'off', 409],
    ['of a disabled connection, or including it,', 'include', 'r 0', 'off', 409],
  ])('%s is refused', async (_, verb, id, connection, status) => {
    const world = await worldOf(['{}']);
    expect((await world.post(record(verb, id, connection))).status).toBe(status);
    expect(world.queue.sent).toEqual([]);
  });
});

describe('duplicates', () => {
  it('are shown without their contents, and nothing is changed', async () => {
    const world = await worldOf(['{"a":1}', '{"a":2}', '{"a":1}']);
    const answer = await world.get(DUPLICATES);
    expect(answer.status).toBe(200);
    expect(duplicates.parse(answer.body)).toMatchObject({
      groups: [{ keep: 'r 0', others: ['r 2'] }],
      duplicates: 1,
      examined: 3,
      excluded: [],
    });
    expect(answer.text).not.toContain('"a"');
    expect(world.queue.sent).toEqual([]);
  });

  it('are excluded by a POST', async () => {
    const world = await worldOf(['{"a":1}', '{"a":2}', '{"a":1}']);
    const answer = await world.post(DUPLICATES);
    expect(answer.status).toBe(202);
    expect(duplicates.parse(answer.body)).toMatchObject({ excluded: ['r 2'], left: 0 });
    expect((await world.get('/v1/excluded/main/registrations')).body).toMatchObject({ excluded: [{ record: 'r 2' }] });
    expect((await world.get(DUPLICATES)).body).toMatchObject({ duplicates: 0, examined: 2 });
  });

  it('cannot be where records have no identity but their id, nor be cleaned of a disabled connection', async () => {
    const plain = await worldOf(['{}'], [REGISTRATIONS]);
    expect((await plain.get(DUPLICATES)).status).toBe(409);
    const world = await worldOf(['{}']);
    expect((await world.post(DUPLICATES.replace('main', 'off'))).status).toBe(409);
  });
});
