import { describe, expect, it } from 'vitest';
import { EVENT } from '../api/api-world.ts';
import { ScriptedCli } from './scripted-cli.ts';

const RUN = '0mi8k2f5c-q3v9x0ab';
const PLAN = '0mi8k2f5b-aaaaaaaa';
const RECORD = '4433256000014000123';
const AT = '2026-11-21T09:00:00.000Z';
const PARTITION = { connection: 'main', stream: 'registrations', partition: EVENT };

const plan = (state: string) => ({
  plan: PLAN,
  ...PARTITION,
  reason: 'absent',
  rule: 'half-of-partition',
  state,
  removals: 1_300,
  cached: 2_419,
  sample: [RECORD, '4433256000014000124'],
  createdAt: AT,
  expiresAt: '2026-11-28T09:00:00.000Z',
  decidedAt: null,
  run: null,
});

const finding = (missing: number, repaired: boolean) => ({
  ...PARTITION,
  at: AT,
  run: RUN,
  counts: { missing, stale: 0, extra: 0, corrupt: 0 },
  ids: { missing: missing > 0 ? [RECORD] : [], stale: [], extra: [], corrupt: [] },
  repaired,
  swept: 2_419,
  compared: 200,
  sourceCalls: 1,
  cacheCommands: 9,
});

const drift = (missing: number, repaired = false) => ({
  drift: [finding(missing, repaired)],
  totals: { missing, stale: 0, extra: 0, corrupt: 0 },
  next: null,
});

const ledger = {
  pages: 3,
  seen: 2_419,
  added: 0,
  updated: 0,
  unchanged: 2_419,
  superseded: 0,
  quarantined: 0,
  deferred: 0,
  removed: 0,
  calls: 3,
};

const run = (state: string, outcome: string | null) => ({
  run: RUN,
  ...PARTITION,
  task: 'audit',
  trigger: 'force',
  state,
  outcome,
  requestedAt: AT,
  durationMs: outcome === null ? null : 4_200,
  ledger,
  progress: null,
  error: null,
  heldDeletions: 0,
});

describe('the commands of upkeep', () => {
  it.each([
    ['a state that no plan has', ['plans', '--state', 'lost']],
    ['a plan without its id', ['plan']],
    ['a decision without a plan', ['plan', 'apply']],
    ['a plan that cannot be one', ['plan', 'discard', '../runs']],
    ['a record without its stream', ['retry', 'main', RECORD]],
    ['a record that cannot be one', ['explain', 'main', 'registrations', '#1']],
    ['a record that would leave its path', ['forget', 'main', 'registrations', '..', '--yes']],
    ['an option of another command', ['drift', '--repair']],
    ['dead letters of a connection', ['dead-letters', 'main']],
    ['a limit beside ids', ['redrive', 'a', '--limit', '5']],
    ['a limit that is none', ['redrive', '--limit', 'many']],
    ['a run that cannot be one', ['cancel', 'main']],
    ['a time without waiting', ['audit', '--timeout', '5']],
    ['what every object inherits', ['constructor']],
  ])('refuse %s with exit code 2, and ask nothing', async (_, args) => {
    const cli = new ScriptedCli();
    const { exitCode, err } = await cli.run(...args);
    expect(exitCode).toBe(2);
    expect(err).toContain('--help');
    expect(cli.requests).toEqual([]);
  });

  it.each([
    ['plans', 'GET /v1/plans', { plans: [] }, 'No deletion plans.'],
    ['drift', 'GET /v1/drift', { ...drift(0), drift: [] }, 'Nothing has been audited yet'],
    ['quarantine', 'GET /v1/quarantine', { quarantine: [] }, 'No record is quarantined.'],
    ['dead-letters', 'GET /v1/dead-letters', { deadLetters: [], total: 0, more: false }, 'No dead letters.'],
    ['audit', 'POST /v1/drift', { runs: [], skipped: [] }, 'There is nothing to audit.'],
  ])('%s says so when there is nothing', async (command, call, body, words) => {
    const { out, exitCode } = await new ScriptedCli().on(call, body).run(command);
    expect(exitCode).toBe(0);
    expect(out).toContain(words);
  });

  it.each([
    [['plans', 'main'], 'GET /v1/plans?connection=main', { plans: [plan('held')] }],
    [['plan', PLAN], `GET /v1/plans/${PLAN}`, plan('held')],
    [['drift', 'main', 'registrations'], 'GET /v1/drift/main/registrations', drift(64)],
    [['cancel', RUN], `POST /v1/runs/${RUN}/cancel`, { run: RUN, extra: 1 }],
    [['explain', 'main', 'r', '1'], 'GET /v1/explain/main/r/1', { verdict: 'v', why: 'w', more: { a: [1] } }],
  ])('%s --json is the answer, whole', async (args, call, body) => {
    const { out } = await new ScriptedCli().on(call, body).run(...args, '--json');
    expect(JSON.parse(out)).toEqual(body);
  });
});

describe('deletion plans', () => {
  it('are listed by connection and state, with what to do about those that are held', async () => {
    const cli = new ScriptedCli().on('GET /v1/plans?connection=main&state=held', { plans: [plan('held')] });
    const { out } = await cli.run('plans', 'main', '--state', 'held');
    expect(out).toMatch(/PLAN +WHAT +STATE +REMOVES +WHY +HELD BY +MADE +EXPIRES/);
    expect(out).toMatch(
      new RegExp(`${PLAN} +main/registrations/${EVENT} +held +1300 of 2419 +absent +half-of-partition`),
    );
    expect(out).toContain('"plan apply <plan>"');
    cli.on('GET /v1/plans', { plans: [plan('applied')] });
    expect((await cli.run('plans')).out).not.toContain('plan apply');
  });

  it('are shown whole, ids as they are', async () => {
    const { out } = await new ScriptedCli().on(`GET /v1/plans/${PLAN}`, plan('held')).run('plan', PLAN);
    expect(out).toMatch(/removes +1300 of 2419 records/);
    expect(out).toMatch(/some ids +4433256000014000123, 4433256000014000124/);
    expect(out).toMatch(/expires +2026-11-28 09:00:00 UTC/);
  });

  it('are approved, and the run is named that looks again', async () => {
    const cli = new ScriptedCli().on(`POST /v1/plans/${PLAN}/apply`, { plan: plan('approved'), run: RUN });
    const { out, exitCode } = await cli.run('plan', 'apply', PLAN);
    expect(exitCode).toBe(0);
    expect(out).toContain('up to 1300 records leave the cache');
    expect(out).toContain(`"run ${RUN}"`);
    expect(cli.requests).toEqual([{ call: `POST /v1/plans/${PLAN}/apply`, body: {} }]);
  });

  it('are discarded', async () => {
    const cli = new ScriptedCli().on(`POST /v1/plans/${PLAN}/discard`, { plan: plan('discarded') });
    expect((await cli.run('plan', 'discard', PLAN)).out).toMatch(/^Discarded: the records stay in the cache\./);
  });
});

describe('drift', () => {
  it('is a line a partition, and a sum', async () => {
    const body = { ...drift(64), next: 'abc' };
    const { out } = await new ScriptedCli()
      .on('GET /v1/drift/main?cursor=x', body)
      .run('drift', 'main', '--cursor', 'x');
    expect(out).toMatch(new RegExp(`main/registrations/${EVENT} +2026-11-21 09:00:00 UTC +64 +0 +0 +0 +no +2419`));
    expect(out).toContain('In all: 64 missing, 0 stale, 0 extra, 0 corrupt.');
    expect(out).toContain('--cursor abc');
  });

  it('of one partition names the records, and how many more there are', async () => {
    const cli = new ScriptedCli().on(`GET /v1/drift/main/registrations/${EVENT}`, drift(64, true));
    const { out } = await cli.run('drift', 'main', 'registrations', EVENT);
    expect(out).toMatch(/missing +64: 4433256000014000123, 63 more/);
    expect(out).toMatch(/stale +0\n/);
    expect(out).toMatch(/repaired +yes/);
  });

  it('says when no record differs', async () => {
    const { out } = await new ScriptedCli().on('GET /v1/drift', drift(0)).run('drift');
    expect(out).toContain('nothing to repair');
    expect(out).toContain('No record differs.');
  });
});

describe('audit', () => {
  const started = {
    runs: [
      { ...PARTITION, run: RUN, joined: false },
      { connection: 'main', stream: 'other', partition: null, run: PLAN, joined: true },
    ],
    skipped: [{ connection: 'off', stream: 'registrations', reason: 'it is disabled' }],
  };

  it('is asked for as it is wanted, and says which runs do it', async () => {
    const cli = new ScriptedCli().on('POST /v1/drift', started);
    const { out, exitCode } = await cli.run('audit', '--repair');
    expect(exitCode).toBe(0);
    expect(cli.requests).toEqual([{ call: 'POST /v1/drift', body: { repair: true, deep: false } }]);
    expect(out).toContain(`main/registrations/${EVENT}: will be audited by run ${RUN}`);
    expect(out).toContain(`main/other: is being audited already, by run ${PLAN}`);
    expect(out).toContain('off/registrations: left out, it is disabled');
    expect(out).toContain('"drift" shows what it found');
  });

  const auditAndWait = (outcome: string) =>
    new ScriptedCli()
      .on('POST /v1/drift/main/registrations', { runs: [{ ...PARTITION, run: RUN, joined: false }], skipped: [] })
      .on(`GET /v1/runs/${RUN}`, run('queued', null), run('running', null), run('ended', outcome))
      .on('GET /v1/drift/main/registrations', drift(64));

  it('with --wait stays until its runs have ended, and shows what they found', async () => {
    const cli = auditAndWait('succeeded');
    const { out, err, exitCode } = await cli.run('audit', 'main', 'registrations', '--deep', '--wait');
    expect(exitCode).toBe(0);
    expect(cli.requests[0]?.body).toEqual({ repair: false, deep: true });
    expect(err).toContain('running, 2419 records read so far');
    expect(out).toMatch(/state +succeeded/);
    expect(out).toContain('In all: 64 missing');
  });

  it('with --wait stays until every partition has been compared, where each has a run of its own', async () => {
    const old = { ...finding(0, false), partition: '2', at: '2026-11-21T08:59:59.000Z' };
    const whole = { ...run('ended', 'succeeded'), partition: null, ledger: { ...ledger, pages: 0 } };
    const cli = new ScriptedCli()
      .on('POST /v1/drift/main/registrations', { runs: [{ ...PARTITION, run: RUN, joined: false }], skipped: [] })
      .on(`GET /v1/runs/${RUN}`, whole)
      .on('GET /v1/status/main/registrations', { partitions: { total: 2 } })
      .on(
        'GET /v1/drift/main/registrations',
        { ...drift(0), drift: [finding(0, false), old] },
        { ...drift(0), next: 'more' },
        drift(0),
      )
      .on('GET /v1/drift/main/registrations?cursor=more', drift(0));
    const { err, exitCode } = await cli.run('audit', 'main', 'registrations', '--wait');
    expect(exitCode).toBe(0);
    expect(err).toContain('1 of 2 partitions compared');
  });

  it('with --wait calls a partial audit no success', async () => {
    expect((await auditAndWait('partial').run('audit', 'main', 'registrations', '--wait')).exitCode).toBe(1);
  });

  it('with --wait and --json writes runs and findings, and nothing else', async () => {
    const { out } = await auditAndWait('succeeded').run('audit', 'main', 'registrations', '--wait', '--json');
    expect(JSON.parse(out)).toEqual({ runs: run('ended', 'succeeded'), drift: drift(64) });
  });
});

describe('the quarantine', () => {
  it('lists records with reasons, and how to try again', async () => {
    const record = {
      connection: 'main',
      stream: 'registrations',
      record: RECORD,
      reason: 'missing-partition',
      modified: null,
      firstAt: AT,
      lastAt: AT,
      attempts: 3,
      retryAt: '2026-11-21T10:00:00.000Z',
    };
    const cli = new ScriptedCli().on('GET /v1/quarantine/main/registrations', { quarantine: [record] });
    const { out } = await cli.run('quarantine', 'main', 'registrations');
    expect(out).toMatch(
      /main\/registrations +4433256000014000123 +missing-partition +– +.* 3 +2026-11-21 10:00:00 UTC/,
    );
    expect(out).toContain('"retry <connection> <stream> <record>"');
  });

  it('tries one again, whatever its id is made of', async () => {
    const cli = new ScriptedCli().on('POST /v1/quarantine/main/registrations/a%2Fb%20%3Fc/retry', {});
    const { out, exitCode } = await cli.run('retry', 'main', 'registrations', 'a/b ?c');
    expect(exitCode).toBe(0);
    expect(out).toContain('Record a/b ?c will be read again');
  });
});

describe('dead letters', () => {
  it('are listed with what they asked for, and why they are dead', async () => {
    const letter = { id: 'm-1', lane: 'sync', task: 'window', ...PARTITION, reason: 'gave-up', at: null, sentAt: AT };
    const unread = { ...letter, id: 'm-2', task: null, connection: null, stream: null, partition: null };
    const body = { deadLetters: [letter, unread], total: 40, more: true };
    const { out } = await new ScriptedCli().on('GET /v1/dead-letters', body).run('dead-letters');
    expect(out).toMatch(new RegExp(`m-1 +sync +window +main/registrations/${EVENT} +gave-up`));
    expect(out).toMatch(/m-2 +sync +– +– +gave-up/);
    expect(out).toContain('2 of about 40 are shown.');
  });

  it.each([
    [[], {}],
    [['m-1', 'm-2'], { ids: ['m-1', 'm-2'] }],
    [['--limit', '10'], { limit: 10 }],
  ])('are redriven: %j', async (args, body) => {
    const cli = new ScriptedCli().on('POST /v1/dead-letters/redrive', { redriven: 2, left: 38 });
    expect((await cli.run('redrive', ...args)).out).toBe('2 sent back to work, 38 left.');
    expect(cli.requests[0]?.body).toEqual(body);
  });
});

describe('explain', () => {
  const body = {
    verdict: 'in-cache',
    why: ['It was written.', 'Nothing newer is known.'],
    cache: { partition: EVENT, lastSeenAt: AT, tombstone: null, segments: [] },
    runs: [{ run: RUN, ids: ['1', '2'] }],
    isQuarantined: false,
    note: 'a\u001b[2Jb\u0007c',
  };

  it('shows the verdict, the reasons, and every detail', async () => {
    const cli = new ScriptedCli().on(`GET /v1/explain/main/registrations/${RECORD}`, body);
    const { out } = await cli.run('explain', 'main', 'registrations', RECORD);
    expect(out).toBe(`in-cache
It was written.
Nothing newer is known.

cache
  partition     ${EVENT}
  last seen at  2026-11-21 09:00:00 UTC
  tombstone     –
  segments      none
runs
  - run  ${RUN}
    ids  1, 2
is quarantined  no
note            ab c

With --source the source itself is asked, for one call.`);
  });

  it('asks the source only when told', async () => {
    const path = `GET /v1/explain/main/registrations/${RECORD}?source=true`;
    const cli = new ScriptedCli().on(path, { verdict: 'gone', why: 'The source does not have it.' });
    const { out } = await cli.run('explain', 'main', 'registrations', RECORD, '--source');
    expect(out).toBe('gone\nThe source does not have it.');
  });
});

describe('forget', () => {
  const call = `POST /v1/forget/main/registrations/${RECORD}`;
  const forget = (typed: string | undefined, ...options: readonly string[]) => {
    const cli = new ScriptedCli().on(call, { run: RUN });
    cli.typed = typed;
    return { cli, ran: cli.run('forget', 'main', 'registrations', RECORD, ...options) };
  };

  it('erases with --yes, without asking', async () => {
    const { cli, ran } = forget(undefined, '--yes');
    expect((await ran).exitCode).toBe(0);
    expect(cli.requests.map((request) => request.call)).toEqual([call]);
  });

  it('asks the person at the terminal, and erases after a yes', async () => {
    const { cli, ran } = forget(' Yes\n');
    const { exitCode, out, err } = await ran;
    expect(exitCode).toBe(0);
    expect(cli.asked).toHaveLength(1);
    expect(err).toContain(`main/registrations/${RECORD} will be erased`);
    expect(out).toContain('is being erased');
  });

  it.each(['', 'y', 'no'])('erases nothing after %j', async (typed) => {
    const { cli, ran } = forget(typed);
    expect(await ran).toMatchObject({ exitCode: 1, err: expect.stringContaining('Nothing was erased.') });
    expect(cli.requests).toEqual([]);
  });

  it('refuses when nobody is there to confirm', async () => {
    const { cli, ran } = forget(undefined);
    expect(await ran).toMatchObject({ exitCode: 2, err: expect.stringContaining('--yes') });
    expect(cli.requests).toEqual([]);
  });
});

describe('cancel', () => {
  it('asks a run to end, and passes on what the API says about it', async () => {
    const call = `POST /v1/runs/${RUN}/cancel`;
    const usual = new ScriptedCli().on(call, {});
    expect((await usual.run('cancel', RUN)).out).toContain('ends before its next page');
    expect(usual.requests).toEqual([{ call, body: {} }]);
    const told = new ScriptedCli().on(call, { message: 'it had ended already' });
    expect((await told.run('cancel', RUN)).out).toBe('it had ended already');
  });

  it('of an unknown run ends with exit code 2', async () => {
    expect((await new ScriptedCli().run('cancel', RUN)).exitCode).toBe(2);
  });
});

describe('exclusions', () => {
  it('takes several records, one after the other', async () => {
    const accepted = { message: 'It is being removed.' };
    const cli = new ScriptedCli()
      .on('POST /v1/exclude/main/registrations/7?partition=p', accepted)
      .on('POST /v1/exclude/main/registrations/8?partition=p', accepted);
    const { out, exitCode } = await cli.run('exclude', 'main', 'registrations', '7', '8', '--partition', 'p');
    expect(exitCode).toBe(0);
    expect(out).toContain('8: It is being removed.');
    expect((await new ScriptedCli().run('include', 'main', 'registrations')).exitCode).toBe(2);
  });

  it('lists what is excluded', async () => {
    const excluded = [{ record: RECORD, partition: 'p', at: AT }];
    const cli = new ScriptedCli().on('GET /v1/excluded/main/registrations', { excluded, next: 'more' });
    const { out } = await cli.run('excluded', 'main', 'registrations');
    expect(out).toMatch(new RegExp(`${RECORD} +p +2026`));
    expect(out).toContain('--cursor more');
  });
});

describe('duplicates', () => {
  const path = 'main/registrations/p';
  const found = {
    groups: [{ keep: '1', others: ['2', '3'] }],
    more: false,
    duplicates: 2,
    examined: 9,
    truncated: false,
  };

  it('are only shown, unless they are to be cleaned', async () => {
    const cli = new ScriptedCli().on(`GET /v1/duplicates/${path}`, { ...found, excluded: [], left: 0 });
    const { out } = await cli.run('duplicates', 'main', 'registrations', 'p');
    expect(out).toMatch(/1 +2, 3/);
    expect(out).toContain('2 duplicates among 9 records');
  });

  it('are excluded with --clean, as often as that takes', async () => {
    const cli = new ScriptedCli().on(
      `POST /v1/duplicates/${path}`,
      { ...found, excluded: ['2'], left: 1 },
      { ...found, excluded: ['3'], left: 0 },
    );
    const { out, exitCode } = await cli.run('duplicates', 'main', 'registrations', 'p', '--clean');
    expect(exitCode).toBe(0);
    expect(out).toContain('2 excluded: 2, 3');
    expect(cli.requests).toHaveLength(2);
  });
});
