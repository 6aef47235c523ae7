import { describe, expect, it } from 'vitest';
import { judge, spread } from '../../../infra/cli/commands/verify-sample.ts';
import { plusMs } from '../../../lib/domain/instant.ts';
import { EMPTY_LEDGER } from '../../../lib/domain/ledger.ts';
import { partitionKey } from '../../../lib/domain/names.ts';
import { NEW_STREAM } from '../../../lib/domain/stream.ts';
import { SourceFailure, type SourcePage, type StreamDefinition } from '../../../lib/ports/source.ts';
import { EVENT, MAIN, openConnection, REGISTRATIONS } from '../api/api-world.ts';
import { CliWorld } from './cli-world.ts';

const IDS = ['r1', 'r2', 'r3'];
const BODY = '{"name":"a value of the record"}';

interface Change {
  /** What the source shows of each record; by default what is cached. */
  readonly shown?: Readonly<Record<string, string>>;
  readonly read?: () => Promise<SourcePage>;
  readonly count?: number;
  readonly streams?: readonly StreamDefinition[];
}

/** An event with three records, each changed an hour ago, in a stream that was read up to a minute ago. */
async function worldOf({ shown = {}, read, count = IDS.length, streams = [REGISTRATIONS] }: Change = {}) {
  const world = new CliWorld();
  const now = world.clock.now();
  const modified = plusMs(now, -3_600_000);
  const record = (id: string, body = BODY) => ({ id, partition: EVENT, modified, body });
  const show = async ({ ids = [] }: { readonly ids?: readonly string[] }): Promise<SourcePage> => {
    const records = ids.map((id) => record(id, shown[id]));
    return { records, rejected: [], servedAt: world.clock.now(), order: 8 };
  };
  world.open = [openConnection('main', { streams, read: read ?? show })];
  world.setStream({ ...NEW_STREAM, loaded: true, watermark: plusMs(now, -60_000) });
  await world.addPartition(EVENT, { loaded: true, cached: true, watermark: plusMs(now, -60_000), count });
  await world.cache.apply({
    key: partitionKey(MAIN, EVENT),
    layout: { partitionKind: 'event', locators: true, version: 1 },
    fence: 1,
    create: true,
    verify: false,
    path: 'window',
    records: IDS.map((id) => record(id)),
    order: 7,
    meta: { lastSync: now, loaded: true, pending: false },
  });
  return world;
}

describe('verify', () => {
  it('counts every partition in the cache, and compares records chosen by chance with the source', async () => {
    const world = await worldOf();
    const { exitCode, out } = await world.run('verify', '--all');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/main\/registrations +in sync +1 +3 +3 +3 +3/);
    expect(out).toContain('Verified: 3 records counted, 3 of them compared one by one.');
    expect(world.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(world.requests.filter(({ url }) => url.includes('source=true'))).toHaveLength(3);
  });

  it('finds a body that the source shows otherwise at the same modified time', async () => {
    const world = await worldOf({ shown: { r2: '{"name":"another value"}' } });
    const { exitCode, out } = await world.run('verify', 'main', 'registrations');
    expect(exitCode).toBe(1);
    expect(out).toContain(`main/registrations/${EVENT}: record r2 differs: `);
    expect(out).toContain('Not verified: 1 thing to look at.');
    expect(out).not.toContain('value');
  });

  it('believes a second look at a record that seemed to differ', async () => {
    const shown: Record<string, string> = { r2: '{"name":"another value"}' };
    const world = await worldOf({ shown });
    world.meanwhile = async () => void delete shown.r2;
    expect((await world.run('verify')).exitCode).toBe(0);
  });

  it('finds records that are missing in the cache, after a second look', async () => {
    const world = await worldOf({ count: 5 });
    const { exitCode, out } = await world.run('verify', 'main', 'registrations', EVENT, '--sample', '0');
    expect(exitCode).toBe(1);
    expect(out).toContain(`main/registrations/${EVENT}: 5 committed, 3 in the cache: 2 missing, 0 extra`);
    expect(world.requests.filter(({ url }) => url.endsWith(`/registrations/${EVENT}`))).toHaveLength(3);
  });

  it('does not judge a partition whose second count agrees', async () => {
    const world = await worldOf({ count: 5 });
    world.meanwhile = () => world.addPartition(EVENT, { count: IDS.length });
    expect((await world.run('verify', 'main', '--sample', '0')).exitCode).toBe(0);
  });

  it('does not judge the count of a partition that is being read', async () => {
    const world = await worldOf({ count: 5 });
    const full = { run: 'run-1', ledger: EMPTY_LEDGER, phase: 'read', startedAt: world.clock.now() } as const;
    await world.addPartition(EVENT, { full });
    const { exitCode, out } = await world.run('verify', '--sample', '0');
    expect(exitCode).toBe(0);
    expect(out).toContain('main/registrations: 1 partitions are being worked on, and were not judged');
  });

  it('does not call a stream verified of which a partition was never read', async () => {
    const world = await worldOf();
    await world.addPartition('77', { count: 0 });
    const { exitCode, out } = await world.run('verify', 'main', '--sample', '0');
    expect(exitCode).toBe(1);
    expect(out).toContain('main/registrations: 1 of 2 partitions were never read as a whole');
  });

  it('goes through every page of the partitions', async () => {
    const world = await worldOf();
    for (let event = 1; event <= 120; event += 1) await world.addPartition(String(event), { loaded: true, count: 1 });
    const { out, exitCode } = await world.run('verify', 'main', 'registrations', '--sample', '0');
    expect(exitCode).toBe(1);
    expect(out).toMatch(/main\/registrations +in sync +121 +123 +3 /);
    expect(out).toContain('Not verified: 120 things to look at.');
  });

  it('asks no source with --sample 0, so that a token that may only read is enough', async () => {
    const world = await worldOf();
    world.env.TIDEMARK_TOKEN = 'reader';
    expect((await world.run('verify', '--sample', '0')).exitCode).toBe(0);
    expect((await world.run('verify')).exitCode).toBe(3);
  });

  it('waits for a source that is asked too often, and says what was not compared in the end', async () => {
    let asked = 0;
    const read = () => {
      asked += 1;
      return Promise.reject(new SourceFailure('source-rate-limited', 'too often'));
    };
    const world = await worldOf({ read });
    const { exitCode, out } = await world.run('verify', '--sample', '1', '--timeout', '60');
    expect(exitCode).toBe(1);
    expect(out).toContain('could not be compared: source-rate-limited');
    expect(asked).toBeGreaterThan(3);
    expect(world.clock.monotonicMs()).toBeLessThanOrEqual(60_000);
  });

  it('compares what people brought with what was written, since there is no source', async () => {
    const world = await worldOf({ streams: [{ ...REGISTRATIONS, coverage: 'import' }] });
    const { exitCode, out } = await world.run('verify');
    expect(exitCode).toBe(0);
    expect(out).toContain('3 records of the sample are what was written; there is no source to compare them with');
    expect(world.requests.some(({ url }) => url.includes('source=true'))).toBe(false);
  });

  it('tells of a sync that fails or is behind, and of connections that cannot be opened', async () => {
    const world = await worldOf();
    world.broken = [{ id: 'bad', problems: ['settings.host: is missing'] }];
    const watermark = plusMs(world.clock.now(), -86_400_000);
    world.setStream({ ...NEW_STREAM, loaded: true, watermark });
    const behind = await world.run('verify', '--sample', '0');
    expect(behind.exitCode).toBe(1);
    expect(behind.out).toContain('bad: cannot be opened: settings.host: is missing');
    expect(behind.out).toContain('main/registrations: its sync is behind');
    world.setStream({ ...NEW_STREAM, loaded: true, watermark, failures: 2, lastError: 'source-unavailable' });
    expect((await world.run('verify')).out).toContain('main/registrations: its sync fails: source-unavailable');
  });

  it('as JSON tells counts, the sample, and every problem', async () => {
    const world = await worldOf({ shown: { r2: '{"name":"another value"}' } });
    const { out } = await world.run('verify', '--json');
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      streams: [
        {
          connection: 'main',
          stream: 'registrations',
          counts: { partitions: 1, committed: 3, cached: 3, differing: [] },
          sample: { compared: 3, equal: 2, different: 1, records: [{ partition: EVENT, record: 'r2' }] },
        },
      ],
      problems: [expect.stringContaining('r2')],
    });
  });

  it.each([
    ['names beside --all', ['verify', 'main', '--all']],
    ['a sample that is none', ['verify', '--sample', 'all']],
    ['a sample that is too large', ['verify', '--sample', '501']],
  ])('refuses %s', async (_, args) => {
    const world = new CliWorld();
    expect((await world.run(...args)).exitCode).toBe(2);
    expect(world.requests).toEqual([]);
  });
});

describe('the judgement of a record', () => {
  const source = { outcome: 'found', comparedWithCache: 'same', reason: null };
  const cache = { body: 'intact' };

  it.each([
    ['equal', { verdict: 'in-sync', cache, source }],
    ['intact', { verdict: 'in-sync', cache, source: null }],
    ['kept', { verdict: 'in-sync', cache, source: { ...source, comparedWithCache: 'newer' } }],
    ['kept', { verdict: 'in-sync', cache: { body: 'altered' }, source }],
    ['under-way', { verdict: 'behind', cache, source: { ...source, comparedWithCache: 'newer' } }],
    ['known', { verdict: 'excluded', cache, source }],
    ['known', { verdict: 'quarantined', cache, source: { ...source, outcome: 'rejected' } }],
    ['different', { verdict: 'stale', cache, source: { ...source, comparedWithCache: 'newer' } }],
    ['different', { verdict: 'damaged', cache: { body: 'altered' }, source }],
    ['different', { verdict: 'extra', cache, source: { ...source, outcome: 'absent', comparedWithCache: null } }],
    ['different', { verdict: 'ahead', cache, source: { ...source, comparedWithCache: 'older' } }],
    ['not-compared', { verdict: 'in-sync', cache, source: { ...source, outcome: 'failed', comparedWithCache: null } }],
  ] as const)('is %s', (judgement, answer) => {
    expect(judge(answer)).toBe(judgement);
  });
});

describe('the spread of a sample', () => {
  it('takes of each partition as many as its share, and none of an empty one', () => {
    const partitions = [
      { partition: 'a', count: 900 },
      { partition: 'empty', count: 0 },
      { partition: 'b', count: 100 },
    ];
    let turn = 0;
    const random = (): number => (turn++ % 100) / 100;
    expect(Object.fromEntries(spread(partitions, 100, random))).toEqual({ a: 90, b: 10 });
    expect(spread([{ partition: 'a', count: 2 }], 100, () => 0.99).get('a')).toBe(2);
  });
});
