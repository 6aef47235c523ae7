import { describe, expect, it } from 'vitest';
import { deadLetters, redriveAnswer } from '../../../functions/api/schemas/dead-letters.ts';
import { toIso } from '../../../lib/domain/instant.ts';
import { partitionKey } from '../../../lib/domain/names.ts';
import type { Task } from '../../../lib/domain/task.ts';
import { ApiWorld, EVENT, MAIN } from './api-world.ts';

const ID = '0d1c7c1e-5a0e-4a55-9d7e-3d0c9a4a2d11';
const OTHER = '1d1c7c1e-5a0e-4a55-9d7e-3d0c9a4a2d11';
const SECRET = 'packed records';

function setAside(world: ApiWorld, id: string, task?: Task): void {
  const message = { id, lane: 'scheduled', sentAt: world.clock.now() } as const;
  world.deadLetters.messages.push(task === undefined ? message : { ...message, task });
}

function worldWithLetters(): ApiWorld {
  const world = new ApiWorld();
  const servedAt = world.clock.now();
  setAside(world, ID, { ...partitionKey(MAIN, EVENT), task: 'apply', delta: 1, order: 1, servedAt, inline: SECRET });
  setAside(world, OTHER);
  return world;
}

describe('dead letters', () => {
  it('are listed with what they are about and why, never with what they carry', async () => {
    const world = worldWithLetters();
    const at = world.clock.now();
    const key = partitionKey(MAIN, EVENT);
    await world.deadLetterNotes.put({ id: ID, lane: 'scheduled', task: 'apply', key, code: 'cache-unavailable', at });
    const { body, text } = await world.get('/v1/dead-letters');
    const { deadLetters: letters, total, more } = deadLetters.parse(body);
    expect(letters[0]).toEqual({
      ...key,
      id: ID,
      lane: 'scheduled',
      task: 'apply',
      reason: 'cache-unavailable',
      at: toIso(at),
      sentAt: toIso(at),
    });
    expect(letters[1]).toMatchObject({ id: OTHER, task: null, connection: null, partition: null, at: null });
    expect({ total, more }).toEqual({ total: 2, more: false });
    expect(text).not.toContain(SECRET);
    expect(deadLetters.parse((await world.get('/v1/dead-letters?limit=1')).body)).toMatchObject({ more: true });
  });

  it('are sent back to work, all or some', async () => {
    const world = worldWithLetters();
    const none = await world.post('/v1/dead-letters/redrive', { ids: [] });
    expect(redriveAnswer.parse(none.body)).toEqual({ redriven: 0, left: 0 });
    const some = await world.post('/v1/dead-letters/redrive', { ids: [OTHER] });
    expect(redriveAnswer.parse(some.body)).toEqual({ redriven: 0, left: 1 });
    const all = await world.post('/v1/dead-letters/redrive');
    expect(redriveAnswer.parse(all.body)).toEqual({ redriven: 1, left: 1 });
    expect(world.queue.sent).toHaveLength(1);
    expect(JSON.stringify(world.queue.sent)).not.toContain(SECRET);
  });

  it.each([[{ limit: 0 }], [{ limit: 501 }], [{ ids: ['<script>'] }], [{ id: ID }]])(
    'are not redriven by %j',
    async (body) => {
      const world = worldWithLetters();
      expect((await world.post('/v1/dead-letters/redrive', body)).status).toBe(422);
      expect(world.queue.sent).toEqual([]);
    },
  );

  it('are redriven by operators alone', async () => {
    const world = worldWithLetters();
    expect((await world.post('/v1/dead-letters/redrive', undefined, 'read')).status).toBe(403);
    expect((await world.get('/v1/dead-letters', '')).status).toBe(401);
  });
});
