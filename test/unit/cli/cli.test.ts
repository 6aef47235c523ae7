import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { status } from '../../../functions/api/schemas/status.ts';
import { connectionExample, streamExample } from '../../../functions/api/schemas/status-examples.ts';
import { GRAMMAR } from '../../../infra/cli/grammar.ts';
import { plusMs } from '../../../lib/domain/instant.ts';
import { EMPTY_LEDGER, type RunOutcome } from '../../../lib/domain/ledger.ts';
import { WHOLE_STREAM } from '../../../lib/domain/names.ts';
import { NEW_STREAM } from '../../../lib/domain/stream.ts';
import { EVENT, MAIN, openConnection, REGISTRATIONS } from '../api/api-world.ts';
import { CliWorld } from './cli-world.ts';
import { ScriptedCli } from './scripted-cli.ts';

const MINUTE_MS = 60_000;

const FAILED_WALK = {
  ...MAIN,
  partition: WHOLE_STREAM,
  run: 'run-1',
  task: 'walk',
  trigger: 'first-load',
  state: 'ended',
  outcome: 'failed',
  error: 'source-misconfigured',
} as const;

async function worldWithOneEvent(): Promise<CliWorld> {
  const world = new CliWorld();
  world.setStream({ ...NEW_STREAM, loaded: true, watermark: plusMs(world.clock.now(), -MINUTE_MS) });
  await world.addPartition(EVENT, { loaded: true, count: 2_419 }, 'Spring fair');
  return world;
}

describe('the command line', () => {
  it('explains itself without arguments, and asks nothing', async () => {
    const world = new CliWorld();
    for (const args of [[], ['--help'], ['help']]) {
      const { exitCode, out } = await world.run(...args);
      expect(exitCode).toBe(0);
      expect(out).toContain('npm run sync -- <command>');
    }
    expect(world.requests).toEqual([]);
  });

  it('teaches one command with its lines and examples', async () => {
    const world = new CliWorld();
    for (const args of [
      ['verify', '--help'],
      ['help', 'verify'],
    ]) {
      const { exitCode, out } = await world.run(...args);
      expect(exitCode).toBe(0);
      expect(out).toContain('verify … --sample 50');
      expect(out).toContain('npm run sync -- verify --all');
      expect(out).not.toContain('dead-letters');
    }
    expect((await world.run('help', 'stats')).exitCode).toBe(2);
  });

  it.each([...GRAMMAR.keys()])('has help for %s', async (name) => {
    expect((await new CliWorld().run(name, '--help')).out).toContain(name);
  });

  it('with --json tells what went wrong as JSON too', async () => {
    const world = new CliWorld();
    const { out, exitCode } = await world.run('status', 'mian', '--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ code: 'unknown-connection', exitCode: 2, error: expect.any(String) });
  });

  it.each([
    ['an unknown command', ['stats']],
    ['an unknown option', ['status', '--verbose']],
    ['an option of another command', ['status', '--full']],
    ['a name that cannot be one', ['sync', 'main', 'registrations', '1 || ID != 0']],
    ['a name that would leave its path', ['sync', 'main', 'registrations', '..']],
    ['too many names', ['pause', 'main', 'registrations', '1']],
    ['two modes at once', ['sync', '--full', '--incremental']],
    ['a time without waiting', ['sync', '--timeout', '5']],
    ['a time that is none', ['sync', '--wait', '--timeout', 'soon']],
    ['a run without its id', ['run']],
    ['half a command', ['connection']],
    ['names beside --all', ['sync', 'main', '--all']],
    ['a file for no stream', ['sync', '--import', 'walk-ins.csv']],
    ['cleaning everything without saying so', ['duplicates', '--clean']],
  ])('refuses %s with exit code 2, and asks nothing', async (_, args) => {
    const world = new CliWorld();
    const { exitCode, err } = await world.run(...args);
    expect(exitCode).toBe(2);
    expect(err).toContain('--help');
    expect(world.requests).toEqual([]);
  });

  it.each([
    ['a wrong token', 'stranger', ['status'], 3],
    ['a token that may not operate', 'reader', ['pause'], 3],
    ['an unknown connection', 'operator', ['status', 'mian'], 2],
    ['a disabled connection', 'operator', ['sync', 'off'], 1],
  ] as const)('answers %s with the API’s advice and its exit code', async (_, token, args, exitCode) => {
    const world = new CliWorld();
    world.env.TIDEMARK_TOKEN = token;
    const ran = await world.run(...args);
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.err).toMatch(/\. \S/);
    expect(ran.out).toBe('');
  });

  it('ends with exit code 3 when the API cannot be reached', async () => {
    const world = new CliWorld();
    world.network = () => Promise.reject(new TypeError('fetch failed'));
    const { exitCode, err } = await world.run('status');
    expect(exitCode).toBe(3);
    expect(err).toContain('https://api.example.com cannot be reached');
  });
});

describe('the address and the token', () => {
  const local = JSON.stringify({
    api: { url: 'http://127.0.0.1:4000/', token: 'operator', readToken: 'reader' },
    redis: {},
  });

  it('come from the local system’s file when nothing else is said', async () => {
    const world = new CliWorld();
    world.env = {};
    world.files = { '.local/endpoints.json': local };
    expect((await world.run('status')).exitCode).toBe(0);
    expect(world.requests[0]?.url).toBe('http://127.0.0.1:4000/v1/status');
  });

  it('come from options before variables', async () => {
    const world = new CliWorld();
    world.env.TIDEMARK_TOKEN = 'stranger';
    const { exitCode } = await world.run('status', '--url', 'https://other.example.com/', '--token', 'reader');
    expect(exitCode).toBe(0);
    expect(world.requests[0]?.url).toBe('https://other.example.com/v1/status');
  });

  it.each([
    ['nothing is known', {}, []],
    ['the address is another than that of the file’s token', {}, ['--url', 'https://other.example.com']],
    [
      'the address is plain http beyond this machine',
      { TIDEMARK_URL: 'http://api.example.com', TIDEMARK_TOKEN: 'operator' },
      [],
    ],
    ['the address is no address', { TIDEMARK_URL: 'api.example.com', TIDEMARK_TOKEN: 'operator' }, []],
    ['the token would break its header', { TIDEMARK_URL: 'https://api.example.com', TIDEMARK_TOKEN: 'a\nb' }, []],
  ] as const)('send no token when %s', async (_, env, args) => {
    const world = new CliWorld();
    world.env = { ...env };
    if (args.length > 0) world.files = { '.local/endpoints.json': local };
    expect((await world.run('status', ...args)).exitCode).toBe(2);
    expect(world.requests).toEqual([]);
  });
});

describe('status', () => {
  it('shows why the last run of a partition failed, and when the next one is', async () => {
    const world = await worldWithOneEvent();
    world.open = [openConnection('main', { streams: [{ ...REGISTRATIONS, coverage: 'partition' }] })];
    const at = plusMs(world.clock.now(), -MINUTE_MS);
    const lastRun = { run: 'x', task: 'window', outcome: 'failed', at, durationMs: 5, ledger: EMPTY_LEDGER } as const;
    await world.addPartition(EVENT, { failures: 7, lastRun: { ...lastRun, error: 'source-unauthorized' } });
    const { out } = await world.run('status', 'main', 'registrations', EVENT);
    expect(out).toMatch(/last run +window failed .* 5 ms: source-unauthorized\nnext run +\d{4}-/);
    expect((await world.run('status', 'main', 'registrations')).out).toMatch(/failed .*: source-unauthorized/);
  });

  it('shows everything in a table', async () => {
    const world = await worldWithOneEvent();
    world.broken = [{ id: 'bad', problems: ['settings.host: is missing'] }];
    const { out, exitCode } = await world.run('status');
    expect(exitCode).toBe(0);
    expect(out).toContain('connections: 3: 1 healthy, 1 disabled, 1 broken');
    expect(out).toMatch(/main \(zoho-creator\): healthy\nsource calls: 0 of 50 this minute, 0 of 1000 today/);
    expect(out).toMatch(/STREAM +STATE +FRESHNESS +INTERVAL +NEXT RUN +PARTITIONS +RECORDS/);
    expect(out).toMatch(/registrations +in sync +60 s +5 min +2026-11-21 06:47:00 UTC +1 \(0 behind\) +2419/);
    expect(out).toContain('problem: settings.host: is missing');
  });

  it('says since when a source is down, and when it is tried again', async () => {
    const world = await worldWithOneEvent();
    for (let time = 0; time < 5; time += 1) await world.budget.report('main', { outcome: 'failed', fraction: 1 });
    expect((await world.run('status', 'main')).out).toMatch(
      /\nthe source is down since 2026-11-21 [\d:]+ UTC: 5 failures in a row; tried again 2026-11-21 [\d:]+ UTC\n/,
    );
    expect((await (await worldWithOneEvent()).run('status', 'main')).out).not.toContain('down');
  });

  it('says which deletions wait for a person, and what is set aside', async () => {
    const found = { ...streamExample, heldPlans: ['0mi8k2f5c-q3v9x0ab'], quarantined: { count: 100, more: true } };
    const clear = { ...streamExample, heldPlans: [], quarantined: { count: 0, more: false } };
    const shown = async (stream: object) => {
      const cli = new ScriptedCli().on('GET /v1/status/main', { ...connectionExample, streams: [stream] });
      return (await cli.run('status', 'main')).out;
    };
    expect(await shown(found)).toContain(
      'registrations: 1 deletion plan(s) held for a person: "plans main --state held"',
    );
    expect(await shown(found)).toContain('registrations: 100+ record(s) set aside: "quarantine main registrations"');
    expect(await shown(clear)).not.toMatch(/held|aside/);
  });

  it('shows a stream with its partitions', async () => {
    const { out } = await (await worldWithOneEvent()).run('status', 'main', 'registrations');
    expect(out).toContain('5 min (configured 5): as configured');
    expect(out).toMatch(/4433256000013547003 +Spring fair +in-sync +60 s +2419/);
  });

  it('shows a partition whose records are missing in the cache', async () => {
    const world = await worldWithOneEvent();
    world.fillCache(EVENT, 2_355);
    const { out } = await world.run('status', 'main', 'registrations', EVENT);
    expect(out).toContain('2419 committed, 2355 in the cache: 64 missing, 0 extra');
  });

  it('shows how far a read of everything has come, and how long the rest takes', async () => {
    const world = await worldWithOneEvent();
    const ledger = { ...EMPTY_LEDGER, pages: 123, seen: 12_300 };
    const progress = { processed: 12_300, total: 314_200 };
    const full = { run: 'run-1', ledger, phase: 'read', startedAt: world.clock.now(), progress } as const;
    await world.addPartition(WHOLE_STREAM, { full });
    await world.addPartition(EVENT, { full });
    const { out } = await world.run('status', 'main', 'registrations');
    // 3,019 calls at 75 % of 50 a minute, 750 of them today.
    expect(out).toContain('reading everything: 12300 of 314200 (3 %), about 4 days left');
    const shown = await world.run('status', 'main', 'registrations', EVENT);
    expect(shown.out).toMatch(/read of all +run-1: 12300 of 314200 \(3 %\), about 3 days left/);
  });

  it('calls no stream in sync that is not loaded', async () => {
    const world = new CliWorld();
    world.setStream({ ...NEW_STREAM, loaded: false, watermark: plusMs(world.clock.now(), -MINUTE_MS) });
    await world.addPartition(EVENT, { count: 0 });
    expect((await world.run('status', 'main')).out).toContain('loading: 1 of 1 behind');
  });

  it('says why the first load has not begun anew', async () => {
    const world = new CliWorld();
    world.setStream(NEW_STREAM);
    await world.runs.put({ ...FAILED_WALK, requestedAt: world.clock.now(), ledger: EMPTY_LEDGER });
    expect((await world.run('status', 'main')).out).toContain(
      'waiting for its first load, which failed: source-misconfigured',
    );
  });

  it('says that a read of everything fails, and why', async () => {
    const world = await worldWithOneEvent();
    const full = { run: 'run-1', ledger: { ...EMPTY_LEDGER, seen: 57 }, phase: 'read' } as const;
    const last = { run: 'run-1', task: 'walk', outcome: 'failed', at: world.clock.now(), durationMs: 1 } as const;
    const lastRun = { ...last, ledger: EMPTY_LEDGER, error: 'too-many-rejected' };
    await world.addPartition(WHOLE_STREAM, { full, failures: 1, lastRun });
    const { out } = await world.run('status', 'main', 'registrations');
    expect(out).toContain('reading everything fails: too-many-rejected, after 57 records');
  });

  it('as JSON is the API’s answer, whole', async () => {
    const { out } = await (await worldWithOneEvent()).run('status', '--json');
    const parsed: unknown = JSON.parse(out);
    expect(status.parse(parsed)).toEqual(parsed);
  });

  it('lets no title steer the terminal, and colors only a terminal', async () => {
    const world = new CliWorld();
    await world.addPartition(EVENT, { loaded: true }, 'a\u001b[2Jb\u0007\nc\u202ed');
    const plain = await world.run('status', 'main', 'registrations');
    expect(plain.out).not.toContain('\u001b');
    expect(plain.out).toContain('ab  cd');
    world.color = true;
    expect((await world.run('status', 'main', 'registrations')).out).toContain('\u001b[1m');
  });
});

describe('sync', () => {
  it.each([
    [['sync'], '/v1/sync', '{}'],
    [['sync', 'main'], '/v1/sync/main', '{}'],
    [['sync', '--all'], '/v1/sync', '{}'],
    [['sync', 'main', 'registrations', '--full'], '/v1/sync/main/registrations', '{"mode":"full"}'],
    [['full', 'main', 'registrations'], '/v1/sync/main/registrations', '{"mode":"full"}'],
    [['full', '--all'], '/v1/sync', '{"mode":"full"}'],
    [
      ['sync', 'main', 'registrations', EVENT, '--incremental'],
      `/v1/sync/main/registrations/${EVENT}`,
      '{"mode":"incremental"}',
    ],
  ])('%s is one request', async (args, path, body) => {
    const world = await worldWithOneEvent();
    const { exitCode } = await world.run(...args);
    expect(exitCode).toBe(0);
    expect(world.requests).toEqual([{ method: 'POST', url: `https://api.example.com${path}`, body }]);
  });

  async function syncAndWait(outcome: RunOutcome) {
    const world = await worldWithOneEvent();
    let naps = 0;
    world.meanwhile = async () => {
      naps += 1;
      const [known] = (await world.runs.list({ connection: 'main', limit: 1 })).runs;
      if (known === undefined) return;
      const ledger = { ...EMPTY_LEDGER, pages: naps, seen: naps * 1_000 };
      await world.addRun({ ...known, ledger, ...(naps < 3 ? { state: 'running' } : { state: 'ended', outcome }) });
    };
    return { ran: await world.run('sync', 'main', 'registrations', EVENT, '--wait'), world };
  }

  it('with --wait stays until the run has ended, and tells how', async () => {
    const { ran } = await syncAndWait('succeeded');
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toContain('3000 records in 3 pages');
    expect(ran.err).toContain('running, 2000 records read so far');
  });

  it.each(['partial', 'rate-limited', 'fenced', 'failed'] as const)(
    'with --wait calls %s no success',
    async (outcome) => {
      expect((await syncAndWait(outcome)).ran.exitCode).toBe(1);
    },
  );

  it('with --wait and --json writes nothing but JSON to the output', async () => {
    const world = await worldWithOneEvent();
    world.meanwhile = async () => {
      const [known] = (await world.runs.list({ connection: 'main', limit: 1 })).runs;
      if (known !== undefined) await world.addRun({ ...known, state: 'ended', outcome: 'succeeded' });
    };
    const { out } = await world.run('sync', 'main', 'registrations', EVENT, '--wait', '--json');
    expect(JSON.parse(out)).toMatchObject({ outcome: 'succeeded' });
  });

  it('with --wait gives up after its time, and says that the work goes on', async () => {
    const world = await worldWithOneEvent();
    const { exitCode, out } = await world.run('sync', 'main', 'registrations', EVENT, '--wait', '--timeout', '60');
    expect(exitCode).toBe(1);
    expect(out).toContain('Not ended after 60 s. It goes on');
    expect(world.clock.monotonicMs()).toBeLessThanOrEqual(60_000);
  });

  it.each([
    [0, 0],
    [1, 1],
  ])('of a stream waits for the next cycle: %i failures end with exit code %i', async (failures, exitCode) => {
    const world = await worldWithOneEvent();
    world.meanwhile = async () => {
      const lastCycleAt = world.clock.now();
      world.setStream({ ...NEW_STREAM, loaded: true, failures, lastCycleAt });
    };
    expect((await world.run('sync', 'main', 'registrations', '--wait')).exitCode).toBe(exitCode);
  });

  it('of a stream waits until what had changed is in the cache', async () => {
    const world = await worldWithOneEvent();
    let naps = 0;
    world.meanwhile = async () => {
      naps += 1;
      world.setStream({ ...NEW_STREAM, loaded: true, lastCycleAt: world.clock.now() });
      await world.addPartition(EVENT, naps < 3 ? { rebuild: true } : { rebuild: false });
    };
    const { exitCode, err } = await world.run('sync', 'main', 'registrations', '--wait');
    expect(exitCode).toBe(0);
    expect(err).toContain('main/registrations: 1 partitions pending');
    expect(naps).toBe(3);
  });

  it('of a stream whose partitions are asked one by one waits until each has been read since', async () => {
    const world = await worldWithOneEvent();
    world.open = [openConnection('main', { streams: [{ ...REGISTRATIONS, coverage: 'partition' }] })];
    const lastRun = { run: 'x', task: 'window', durationMs: 5, ledger: EMPTY_LEDGER } as const;
    const outcomes: readonly RunOutcome[] = ['rate-limited', 'rate-limited', 'succeeded'];
    let naps = 0;
    world.meanwhile = async () => {
      const at = world.clock.now();
      world.setStream({ ...NEW_STREAM, loaded: true, lastCycleAt: at });
      const outcome = outcomes[naps];
      if (outcome !== undefined) await world.addPartition(EVENT, { lastRun: { ...lastRun, outcome, at } });
      naps += 1;
    };
    const { exitCode, err } = await world.run('sync', 'main', 'registrations', '--wait');
    expect(exitCode).toBe(0);
    expect(err).toContain('main/registrations: 0 of 1 partitions read');
    expect(naps).toBe(3);
  });

  it('of a stream whose partitions are asked one by one fails with those that fail, and tells why', async () => {
    const world = await worldWithOneEvent();
    world.open = [openConnection('main', { streams: [{ ...REGISTRATIONS, coverage: 'partition' }] })];
    world.meanwhile = async () => {
      const at = world.clock.now();
      world.setStream({ ...NEW_STREAM, loaded: true, lastCycleAt: at });
      const lastRun = { run: 'x', task: 'window', outcome: 'failed', at, durationMs: 5, ledger: EMPTY_LEDGER } as const;
      await world.addPartition(EVENT, { lastRun: { ...lastRun, error: 'source-unauthorized' }, rebuild: true });
    };
    const { exitCode, out } = await world.run('sync', 'main', 'registrations', '--wait');
    expect(exitCode).toBe(1);
    expect(out).toBe(`main/registrations: failed: ${EVENT} source-unauthorized`);
  });

  it('of a stream that was never read waits until it is', async () => {
    const world = await worldWithOneEvent();
    let naps = 0;
    world.meanwhile = async () => {
      naps += 1;
      const progress = { processed: naps * 100, total: 400 };
      const full = {
        run: 'run-1',
        ledger: EMPTY_LEDGER,
        phase: 'read',
        startedAt: world.clock.now(),
        progress,
      } as const;
      await world.addPartition(WHOLE_STREAM, naps < 4 ? { full } : { full: null });
      world.setStream({ ...NEW_STREAM, loaded: naps >= 4, lastCycleAt: world.clock.now() });
    };
    const { exitCode, err } = await world.run('sync', 'main', 'registrations', '--wait');
    expect(exitCode).toBe(0);
    expect(err).toMatch(/ 75 %, about \d+ s left {2}main\/registrations: 0 records read so far/);
    expect(naps).toBe(4);
  });

  it('with --wait draws a bar on a terminal where it is known how much there is', async () => {
    const world = await worldWithOneEvent();
    world.drawn = [];
    let naps = 0;
    world.meanwhile = async () => {
      naps += 1;
      const [known] = (await world.runs.list({ connection: 'main', limit: 1 })).runs;
      if (known === undefined) return;
      const progress = { processed: naps * 500, total: 2_000 };
      const end = naps < 4 ? { state: 'running' as const } : { state: 'ended' as const, outcome: 'succeeded' as const };
      await world.addRun({ ...known, progress, ...end });
    };
    const { exitCode, err } = await world.run('full', 'main', 'registrations', EVENT, '--wait');
    expect(exitCode).toBe(0);
    expect(world.drawn).toContainEqual(
      expect.stringMatching(/^\[#{12}\.{12}\] +50 %, about \d+ s left .*running, 1000 of 2000$/),
    );
    expect(world.drawn.at(-1)).toBe('');
    expect(err).not.toContain('running');
  });

  it('with --wait bears a moment without a network', async () => {
    const world = await worldWithOneEvent();
    let calls = 0;
    world.network = async () => {
      calls += 1;
      // Never more than three in a row, but more than that in all.
      if (calls > 2 && calls < 11 && calls % 4 !== 2) throw new TypeError('fetch failed');
    };
    world.meanwhile = async () => {
      const [known] = (await world.runs.list({ connection: 'main', limit: 1 })).runs;
      if (known !== undefined && calls > 10) await world.addRun({ ...known, state: 'ended', outcome: 'succeeded' });
    };
    expect((await world.run('full', 'main', 'registrations', EVENT, '--wait')).exitCode).toBe(0);
    const before = calls;
    world.network = () => (calls++ > before ? Promise.reject(new TypeError('fetch failed')) : Promise.resolve());
    expect((await world.run('full', 'main', 'registrations', EVENT, '--wait')).exitCode).toBe(3);
  });

  it('of a partition, incremental, waits for a run that ended after it was asked', async () => {
    const world = await worldWithOneEvent();
    const lastRun = { run: 'x', task: 'window', outcome: 'succeeded', durationMs: 5, ledger: EMPTY_LEDGER } as const;
    await world.addPartition(EVENT, { lastRun: { ...lastRun, outcome: 'failed', at: plusMs(world.clock.now(), -1) } });
    world.meanwhile = () => world.addPartition(EVENT, { lastRun: { ...lastRun, at: world.clock.now() } });
    const { exitCode, out } = await world.run('sync', 'main', 'registrations', EVENT, '--incremental', '--wait');
    expect(exitCode).toBe(0);
    expect(out).toContain('succeeded, 0 read');
  });

  it('says what was left out', async () => {
    const { exitCode, out } = await new CliWorld().run('sync');
    expect(exitCode).toBe(0);
    expect(out).toContain('off/registrations: left out, it is disabled');
  });

  it.each([['sync', '--all'], ['full', '--all'], ['audit']])(
    '"%s" fails when a connection cannot be opened, and goes on with the others',
    async (...command) => {
      const world = await worldWithOneEvent();
      world.broken = [{ id: 'bad', problems: ['settings.host: is missing'] }];
      const { exitCode, out } = await world.run(...command);
      expect(out).toContain('bad: left out, the connection cannot be opened');
      expect(out).toContain('main/registrations');
      expect(exitCode).toBe(1);
    },
  );
});

describe('the other commands', () => {
  it('pause and resume', async () => {
    const world = new CliWorld();
    expect((await world.run('pause', 'main')).out).toBe('main/registrations: paused');
    expect((await world.streams.read(MAIN))?.paused).toBe(true);
    expect((await world.run('resume', 'main', 'registrations')).out).toBe('main/registrations: resumed');
    expect((await world.streams.read(MAIN))?.paused).toBe(false);
  });

  it('list runs, and show one', async () => {
    const world = await worldWithOneEvent();
    await world.run('sync', 'main', 'registrations', EVENT);
    const list = await world.run('runs', '--connection', 'main', '--limit', '5');
    const id = /^0\w{8}-\w{8}/m.exec(list.out)?.[0] ?? '';
    expect(list.out).toMatch(/queued/);
    expect((await world.run('run', id)).out).toContain(`full of main/registrations/${EVENT} (force)`);
  });

  it('check a connection: a failed finding ends with exit code 1', async () => {
    const world = new CliWorld();
    const finding = { check: 'credentials', status: 'failed', message: 'create a new refresh token' } as const;
    world.check = async () => [finding];
    const { exitCode, out } = await world.run('connection', 'check', 'main');
    expect(exitCode).toBe(1);
    expect(out).toContain('create a new refresh token');
    expect(out).toContain('main cannot be synced yet.');
  });
});

describe('npm run sync', () => {
  it('reaches the API over the network with its token, and passes the exit code on', async () => {
    const seen: (string | undefined)[] = [];
    const totals = { connections: 0, healthy: 0, behind: 0, paused: 0, disabled: 0, broken: 0 };
    const answer = JSON.stringify({ at: '2026-11-21T09:00:00.000Z', totals, connections: [] });
    const server = createServer((request, response) => {
      seen.push(request.url, request.headers.authorization);
      response.setHeader('content-type', 'application/json').end(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const env = { ...process.env, TIDEMARK_URL: `http://127.0.0.1:${port}`, TIDEMARK_TOKEN: 'operator' };
    const start = (...args: string[]) =>
      promisify(execFile)(process.execPath, ['infra/cli/main.ts', ...args], { env, timeout: 15_000 });
    try {
      expect((await start('status')).stdout).toBe('No connection is set up yet.\n');
      expect(seen).toEqual(['/v1/status', 'Bearer operator']);
      await expect(start('stats')).rejects.toMatchObject({ code: 2 });
      const folder = { code: 2, stderr: expect.stringContaining('there is no file docs') };
      await expect(start('import', 'desk', 'walk-ins', 'docs')).rejects.toMatchObject(folder);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
