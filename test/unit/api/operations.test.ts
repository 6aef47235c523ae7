import { describe, expect, it } from 'vitest';
import { runList } from '../../../functions/api/schemas/run.ts';
import { checkAnswer, pauseAnswer } from '../../../functions/api/schemas/work.ts';
import { EMPTY_LEDGER } from '../../../lib/domain/ledger.ts';
import { SourceFailure } from '../../../lib/ports/source.ts';
import { ApiWorld, MAIN } from './api-world.ts';

const OFF = { connection: 'off', stream: 'registrations' };

async function isPaused(world: ApiWorld, key: typeof OFF): Promise<boolean> {
  return (await world.streams.read(key))?.paused ?? false;
}

describe('pause and resume', () => {
  it('of a stream stop and start its automatic sync', async () => {
    const world = new ApiWorld();
    const paused = await world.post('/v1/pause/main/registrations');
    expect(pauseAnswer.parse(paused.body)).toEqual({ paused: true, streams: [MAIN], skipped: [] });
    expect(await isPaused(world, MAIN)).toBe(true);
    expect(await isPaused(world, OFF)).toBe(false);
    await world.post('/v1/resume/main/registrations');
    expect(await isPaused(world, MAIN)).toBe(false);
  });

  it('may be repeated', async () => {
    const world = new ApiWorld();
    await world.post('/v1/pause/main');
    expect((await world.post('/v1/pause/main')).status).toBe(200);
    expect(await isPaused(world, MAIN)).toBe(true);
  });

  it('of everything reach every connection that can be opened', async () => {
    const world = new ApiWorld();
    world.broken = [{ id: 'bad', problems: ['settings.host: is missing'] }];
    const { body } = await world.post('/v1/pause');
    expect(pauseAnswer.parse(body).skipped).toHaveLength(1);
    expect([await isPaused(world, MAIN), await isPaused(world, OFF)]).toEqual([true, true]);
  });
});

describe('the run history', () => {
  async function worldWithRuns(): Promise<ApiWorld> {
    const world = new ApiWorld();
    const base = { task: 'full', trigger: 'force', state: 'queued', ledger: EMPTY_LEDGER } as const;
    for (let index = 0; index < 5; index += 1) {
      const connection = index % 2 === 0 ? 'main' : 'off';
      const run = `0mi8k2f5${index}-aaaaaaaa`;
      await world.addRun({
        ...base,
        connection,
        stream: 'registrations',
        partition: '1',
        run,
        requestedAt: world.clock.now(),
      });
    }
    return world;
  }

  async function ids(world: ApiWorld, query: string) {
    const { runs, next } = runList.parse((await world.get(`/v1/runs${query}`)).body);
    return { runs: runs.map(({ run }) => run), next };
  }

  it('of all connections is merged, newest first', async () => {
    const world = await worldWithRuns();
    expect((await ids(world, '?limit=3')).runs).toEqual([
      '0mi8k2f54-aaaaaaaa',
      '0mi8k2f53-aaaaaaaa',
      '0mi8k2f52-aaaaaaaa',
    ]);
  });

  it('of one connection is paged', async () => {
    const world = await worldWithRuns();
    const first = await ids(world, '?connection=main&limit=2');
    const second = await ids(world, `?connection=main&limit=2&cursor=${first.next}`);
    expect([...first.runs, ...second.runs]).toEqual(['0mi8k2f54-aaaaaaaa', '0mi8k2f52-aaaaaaaa', '0mi8k2f50-aaaaaaaa']);
    expect(second.next).toBeNull();
  });

  it('of one partition holds no other', async () => {
    const world = await worldWithRuns();
    expect((await ids(world, '?connection=main&stream=registrations&partition=2')).runs).toEqual([]);
  });
});

describe('the check of a connection', () => {
  async function check(world: ApiWorld, id = 'main') {
    const answer = await world.post(`/v1/check/${id}`);
    expect(answer.status).toBe(200);
    return checkAnswer.parse(answer.body);
  }

  it('passes on what the source found; a warning is no failure', async () => {
    const world = new ApiWorld();
    const findings = [
      { check: 'credentials', status: 'ok', message: 'accepted' },
      { check: 'clock', status: 'warning', message: 'three minutes ahead' },
    ] as const;
    world.check = async () => findings;
    expect(await check(world)).toEqual({ connection: 'main', ok: true, findings });
  });

  it('reports a source that cannot be asked as a finding', async () => {
    const world = new ApiWorld();
    const failure = new SourceFailure('source-quota-spent', 'the call budget of connection main denies a force call');
    world.check = () => Promise.reject(failure);
    expect(await check(world)).toMatchObject({
      ok: false,
      findings: [{ check: 'source-quota-spent', status: 'failed' }],
    });
  });

  it('ends before the gateway hangs up, whatever a source takes', async () => {
    const world = new ApiWorld();
    const begin = world.clock.monotonicMs();
    world.check = () => new Promise(() => undefined);
    expect(await check(world)).toMatchObject({ ok: false, findings: [{ check: 'answer', status: 'failed' }] });
    expect(world.clock.monotonicMs() - begin).toBeLessThan(29_000);
  });

  it('of a broken connection lists its problems', async () => {
    const world = new ApiWorld();
    world.broken = [{ id: 'bad', problems: ['settings.host: is missing', 'secrets.token: is missing'] }];
    const report = await check(world, 'bad');
    expect(report.ok).toBe(false);
    expect(report.findings.map(({ message }) => message)).toEqual([
      'settings.host: is missing',
      'secrets.token: is missing',
    ]);
  });

  it('may only be made by an operator: it spends calls', async () => {
    expect((await new ApiWorld().post('/v1/check/main', undefined, 'read')).status).toBe(403);
  });
});
