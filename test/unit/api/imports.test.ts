import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { importAnswer, uploadAnswer } from '../../../functions/api/schemas/imports.ts';
import { EMPTY_LEDGER } from '../../../lib/domain/ledger.ts';
import { ApiWorld, openConnection, REGISTRATIONS } from './api-world.ts';

const WALK_INS = { ...REGISTRATIONS, name: 'walk-ins', partitionKind: 'location', coverage: 'import' } as const;
const DESK = '/v1/imports/desk/walk-ins';

function deskWorld(): ApiWorld {
  const world = new ApiWorld();
  world.open.push(openConnection('desk', { streams: [WALK_INS] }));
  world.open.push(openConnection('closed', { streams: [WALK_INS], enabled: false }));
  return world;
}

async function uploadTo(world: ApiWorld): Promise<z.infer<typeof uploadAnswer>> {
  return uploadAnswer.parse((await world.post(DESK, { bytes: 42 })).body);
}

const codeOf = (body: unknown) => z.object({ type: z.string() }).parse(body).type.split(':').at(-1);

describe('a file to be imported', () => {
  it('gets a link of its own, for exactly its size, and nothing begins', async () => {
    const world = deskWorld();
    const before = world.traces();
    const [one, other] = [await uploadTo(world), await uploadTo(world)];
    expect(one.import).not.toBe(other.import);
    expect(one.upload).toMatchObject({
      method: 'PUT',
      url: `https://files.test/uploads/${one.import}`,
      headers: { 'content-length': '42' },
    });
    expect(world.traces()).toEqual(before);
  });

  it.each([{}, { bytes: 0 }, { bytes: 200 * 1024 * 1024 + 1 }, { bytes: 1.5 }, { bytes: 1, more: true }])(
    'has a size: %j',
    async (body) => {
      expect((await deskWorld().post(DESK, body)).status).toBe(422);
    },
  );

  it('is not for a stream that is read from its source, nor for a connection that is disabled', async () => {
    const world = deskWorld();
    const refused = await world.post('/v1/imports/main/registrations', { bytes: 1 });
    expect([refused.status, codeOf(refused.body)]).toEqual([409, 'not-importable']);
    const closed = await world.post('/v1/imports/closed/walk-ins', { bytes: 1 });
    expect([closed.status, codeOf(closed.body)]).toEqual([409, 'connection-disabled']);
  });

  it('needs the scope to operate; looking needs the scope to read', async () => {
    const world = deskWorld();
    const { import: run } = await uploadTo(world);
    expect((await world.post(DESK, { bytes: 1 }, 'read')).status).toBe(403);
    expect((await world.post(`${DESK}/${run}`, {}, 'read')).status).toBe(403);
    expect((await world.get(`${DESK}/${run}`, '')).status).toBe(401);
  });
});

describe('a stream whose records come by import', () => {
  it.each([
    ['/v1/sync/desk/walk-ins', {}],
    ['/v1/sync/desk/walk-ins', { mode: 'full' }],
    ['/v1/sync/desk/walk-ins/7', {}],
    ['/v1/drift/desk/walk-ins', { repair: true }],
    ['/v1/drift/desk/walk-ins/7', {}],
  ])('has no source that %s could ask', async (path, body) => {
    const world = deskWorld();
    const before = world.traces();
    const refused = await world.post(path, body);
    expect([refused.status, codeOf(refused.body)]).toEqual([409, 'no-source']);
    expect(world.traces()).toEqual(before);
  });

  it('is left out when everything is asked for', async () => {
    const world = deskWorld();
    const skipped = { connection: 'desk', stream: 'walk-ins', reason: 'its records come by import' };
    for (const path of ['/v1/sync', '/v1/drift']) {
      expect((await world.post(path)).body).toMatchObject({ skipped: expect.arrayContaining([skipped]) });
    }
  });
});

describe('an import', () => {
  it('is started once, however often it is asked for', async () => {
    const world = deskWorld();
    const { import: run } = await uploadTo(world);
    const first = await world.post(`${DESK}/${run}`, { dryRun: true });
    expect(first.status).toBe(202);
    expect(importAnswer.parse(first.body)).toMatchObject({ import: run, dryRun: true, state: 'queued', errors: null });
    const task = { connection: 'desk', stream: 'walk-ins', partition: '*', task: 'import', run, dryRun: true };
    expect(world.queue.sent).toEqual([{ task, lane: 'imports' }]);
    // While it waits, its message may have been lost: it is sent again, and does nothing the second time.
    await world.post(`${DESK}/${run}`, { dryRun: true });
    expect(world.queue.sent.length).toBe(2);
    await end(world, run, {});
    expect((await world.post(`${DESK}/${run}`)).status).toBe(202);
    expect(world.queue.sent.length).toBe(2);
  });

  it('tells its counts, and where its rejected rows are listed', async () => {
    const world = deskWorld();
    const { import: run } = await uploadTo(world);
    await world.post(`${DESK}/${run}`);
    await end(world, run, { seen: 10, added: 3, updated: 2, unchanged: 4, quarantined: 1 });
    expect(importAnswer.parse((await world.get(`${DESK}/${run}`)).body)).toMatchObject({
      state: 'ended',
      rows: { read: 10, added: 3, updated: 2, unchanged: 4, superseded: 0, rejected: 1 },
      errors: { url: `https://files.test/errors/${run}` },
    });
    const listed = await world.get('/v1/runs?connection=desk&stream=walk-ins');
    expect(listed.body).toMatchObject({ runs: [{ run, task: 'import', partition: null }] });
  });

  it('that was never started, or is another run, is not known', async () => {
    const world = deskWorld();
    const { import: run } = await uploadTo(world);
    expect(codeOf((await world.get(`${DESK}/${run}`)).body)).toBe('unknown-run');
    const base = { connection: 'desk', stream: 'walk-ins', partition: '*', requestedAt: world.clock.now() };
    await world.runs.put({ ...base, run, task: 'walk', trigger: 'force', state: 'queued', ledger: EMPTY_LEDGER });
    expect(codeOf((await world.get(`${DESK}/${run}`)).body)).toBe('unknown-run');
  });

  it('has no list of rows when there was no file', async () => {
    const world = deskWorld();
    const { import: run } = await uploadTo(world);
    await world.post(`${DESK}/${run}`);
    await end(world, run, {}, 'file-missing');
    const missing = importAnswer.parse((await world.get(`${DESK}/${run}`)).body);
    expect(missing).toMatchObject({ error: 'file-missing', errors: null });
    await end(world, run, {}, 'bad-titles');
    expect(importAnswer.parse((await world.get(`${DESK}/${run}`)).body).errors).not.toBeNull();
  });

  it('is reported as not begun when its queue takes no message', async () => {
    const world = deskWorld();
    const { import: run } = await uploadTo(world);
    world.queue.refuses = () => true;
    expect((await world.post(`${DESK}/${run}`)).status).toBe(503);
  });
});

async function end(world: ApiWorld, run: string, counts: Partial<typeof EMPTY_LEDGER>, error?: string): Promise<void> {
  const base = { connection: 'desk', stream: 'walk-ins', partition: '*', requestedAt: world.clock.now() };
  const ledger = { ...EMPTY_LEDGER, ...counts };
  const ended = { state: 'ended', endedAt: world.clock.now(), outcome: 'partial', ledger } as const;
  const failed = error === undefined ? {} : { error };
  await world.runs.put({ ...base, run, task: 'import', trigger: 'force', ...ended, ...failed });
}
