import { describe, expect, it } from 'vitest';
import { problem } from '../../../functions/api/schemas/common.ts';
import { quarantine, retryAnswer } from '../../../functions/api/schemas/quarantine.ts';
import { plusMs, toIso } from '../../../lib/domain/instant.ts';
import type { RejectedRecord } from '../../../lib/domain/record.ts';
import { ApiWorld, MAIN } from './api-world.ts';

const OFF = { ...MAIN, connection: 'off' };

const rejected = (id: string, reason: RejectedRecord['reason'] = 'malformed'): RejectedRecord => ({
  id,
  reason,
  contentHash: 'aaaaaaaaaaaaaaaa',
});

async function list(world: ApiWorld, path = '') {
  return quarantine.parse((await world.get(`/v1/quarantine${path}`)).body);
}

async function ids(world: ApiWorld, path = '') {
  const { quarantine: records, more } = await list(world, path);
  return { ids: records.map(({ connection, record }) => `${connection}/${record}`), more };
}

describe('the quarantine', () => {
  it('tells what, why, and when it is tried again, and never a content', async () => {
    const world = new ApiWorld();
    const modified = plusMs(world.clock.now(), -60_000);
    await world.quarantine.put(MAIN, [{ ...rejected('7', 'too-large'), modified }]);
    const now = toIso(world.clock.now());
    expect((await list(world)).quarantine).toEqual([
      {
        ...MAIN,
        record: '7',
        reason: 'too-large',
        modified: toIso(modified),
        firstAt: now,
        lastAt: now,
        attempts: 1,
        retryAt: toIso(plusMs(world.clock.now(), 900_000)),
      },
    ]);
  });

  it('is listed over everything, a connection or a stream, up to a limit', async () => {
    const world = new ApiWorld();
    await world.quarantine.put(MAIN, [rejected('1'), rejected('2')]);
    await world.quarantine.put(OFF, [rejected('3')]);
    expect(await ids(world)).toEqual({ ids: ['main/1', 'main/2', 'off/3'], more: false });
    expect(await ids(world, '/off')).toEqual({ ids: ['off/3'], more: false });
    expect(await ids(world, '/main/registrations?limit=2')).toEqual({ ids: ['main/1', 'main/2'], more: false });
    expect(await ids(world, '?limit=2')).toEqual({ ids: ['main/1', 'main/2'], more: true });
    expect(await ids(world, '?limit=1')).toEqual({ ids: ['main/1'], more: true });
  });
});

describe('a quarantined record that somebody wants retried', () => {
  const path = (record: string, connection = 'main') => `/v1/quarantine/${connection}/registrations/${record}/retry`;

  it('is due at once, and its stream is planned at once', async () => {
    const world = new ApiWorld();
    await world.quarantine.put(MAIN, [rejected('7')]);
    world.clock.advance(1_000);
    const answer = await world.post(path('7'));
    expect(answer.status).toBe(202);
    expect(retryAnswer.parse(answer.body)).toMatchObject({ ...MAIN, record: '7' });
    expect((await world.quarantine.find(MAIN, '7'))?.retryAt).toBe(world.clock.now());
    expect((await world.streams.read(MAIN))?.nextDueAt).toBe(world.clock.now());
    expect(world.queue.sent).toEqual([{ task: { ...MAIN, partition: '*', task: 'plan' }, lane: 'priority' }]);
  });

  it('may have any id, slashes and percent signs included, as the gateway decodes it', async () => {
    const world = new ApiWorld();
    for (const id of ['a b', 'a/b', 'a/retry', '100%', '%41', 'żółć', 'a#b']) {
      await world.quarantine.put(MAIN, [rejected(id)]);
      const answer = await world.post(path(id));
      expect(answer.status).toBe(202);
      expect(retryAnswer.parse(answer.body).record).toBe(id);
    }
  });

  it.each([
    ['is not there', '8', 'main', '404 not-quarantined'],
    ['has no id', 'hash:aaaaaaaaaaaaaaaa', 'main', '409 not-askable'],
    ['is of a disabled connection', '7', 'off', '409 connection-disabled'],
    ['is of a stream that is none', '7', 'mian', '404 unknown-connection'],
    ['cannot be one: it begins with #', '#fence', 'main', '422 invalid'],
    ['cannot be one: it is too long', 'x'.repeat(257), 'main', '422 invalid'],
    ['cannot be one: it has a line break', 'a\nb', 'main', '422 invalid'],
  ])('and %s is refused', async (_, record, connection, refusal) => {
    const world = new ApiWorld();
    await world.quarantine.put(MAIN, [rejected('7'), rejected('hash:aaaaaaaaaaaaaaaa', 'missing-id')]);
    const { status, type } = problem.parse((await world.post(path(record, connection))).body);
    expect(`${status} ${type.split(':').at(-1)}`).toBe(refusal);
    expect(world.queue.sent).toEqual([]);
  });

  it('of a paused stream waits until that is resumed', async () => {
    const world = new ApiWorld();
    await world.quarantine.put(MAIN, [rejected('7')]);
    await world.streams.setPaused(MAIN, true);
    expect((await world.post(path('7'))).status).toBe(409);
    expect((await world.post(path('7'), undefined, 'read')).status).toBe(403);
  });
});
