import { beforeEach, describe, expect, it } from 'vitest';
import { ScriptedCli } from './scripted-cli.ts';

const RUN = '0mi8k2f5c-q3v9x0ab';
const ROOT = '/v1/imports/desk/walk-ins';
const LINK = 'https://files.test/uploads/1?X-Amz-Signature=abc';
const ERRORS = 'https://files.test/errors/1?X-Amz-Signature=def';

const ROWS = { read: 3, added: 1, updated: 1, unchanged: 1, superseded: 0, rejected: 0 };
const QUEUED = {
  import: RUN,
  connection: 'desk',
  stream: 'walk-ins',
  dryRun: false,
  state: 'queued',
  outcome: null,
  rows: ROWS,
  error: null,
  errors: null,
};
const ENDED = { ...QUEUED, state: 'ended', outcome: 'succeeded' };
const PARTIAL = { ...ENDED, outcome: 'partial', rows: { ...ROWS, rejected: 2 }, errors: { url: ERRORS } };

let cli: ScriptedCli;

beforeEach(() => {
  cli = new ScriptedCli()
    .on(`POST ${ROOT}`, { import: RUN, upload: { method: 'PUT', url: LINK, headers: { 'content-length': '9' } } })
    .on(`PUT ${LINK}`, '')
    .on(`POST ${ROOT}/${RUN}`, QUEUED)
    .on(`GET ${ROOT}/${RUN}`, QUEUED, ENDED);
  cli.files.set('leads.csv', new Blob(['a,b\nc,d\ne']));
});

describe('import', () => {
  it('uploads the file, starts the import, and stays until it has ended', async () => {
    const { exitCode, out, err } = await cli.run('import', 'desk', 'walk-ins', 'leads.csv');
    expect(exitCode).toBe(0);
    expect(cli.requests).toEqual([
      { call: `POST ${ROOT}`, body: { bytes: 9 } },
      { call: `PUT ${LINK}`, body: undefined },
      { call: `POST ${ROOT}/${RUN}`, body: { dryRun: false } },
      { call: `GET ${ROOT}/${RUN}`, body: undefined },
      { call: `GET ${ROOT}/${RUN}`, body: undefined },
    ]);
    expect(err).toContain('uploading leads.csv, 9 bytes');
    expect(out).toMatch(/written\s+1 added, 1 updated/);
  });

  it('says of a dry run that nothing was written', async () => {
    cli.on(`GET ${ROOT}/${RUN}`, { ...ENDED, dryRun: true });
    const { out } = await cli.run('import', 'desk', 'walk-ins', 'leads.csv', '--dry-run');
    expect(cli.requests[2]?.body).toEqual({ dryRun: true });
    expect(out).toMatch(/would write\s+1 added, 1 updated/);
  });

  it('fails when rows were rejected, and writes down which', async () => {
    cli.on(`GET ${ROOT}/${RUN}`, PARTIAL).on(`GET ${ERRORS}`, '\ufeffrow,column,expected\r\n');
    const { exitCode, out } = await cli.run('import', 'desk', 'walk-ins', 'leads.csv', '--errors', 'wrong.csv');
    expect(exitCode).toBe(1);
    expect(cli.written.get('wrong.csv')).toBe('\ufeffrow,column,expected\r\n');
    expect(out).toContain('What was wrong with which row is in wrong.csv.');
    expect(out).not.toContain('--errors <file>');
    expect((await cli.run('import', 'desk', 'walk-ins', 'leads.csv')).out).toContain('--errors <file> lists them');
  });

  it('writes no list when nothing was wrong', async () => {
    await cli.run('import', 'desk', 'walk-ins', 'leads.csv', '--errors', 'wrong.csv');
    expect(cli.written.size).toBe(0);
  });

  it('ends when the upload is refused, before anything begins', async () => {
    cli.answers[`PUT ${LINK}`] = [{ status: 403, body: '' }];
    const { exitCode, err } = await cli.run('import', 'desk', 'walk-ins', 'leads.csv');
    expect(exitCode).toBe(1);
    expect(err).toContain('The upload was refused: status 403.');
    expect(cli.requests.map(({ call }) => call)).not.toContain(`POST ${ROOT}/${RUN}`);
  });

  it.each([
    [['import', 'desk', 'walk-ins'], 'expected a connection, a stream and a file'],
    [['import', 'desk', 'walk-ins', 'none.csv'], 'there is no file none.csv'],
    [['import', 'desk', 'walk-ins', 'empty.csv'], 'empty.csv is empty'],
    [['import', 'desk', 'walk-ins', 'leads.csv', '--timeout', 'x'], '--timeout takes whole seconds'],
    [['import', 'desk', 'Walk-ins', 'leads.csv'], 'cannot be the name of a stream'],
  ])('refuses %j', async (args, problem) => {
    cli.files.set('empty.csv', new Blob([]));
    const { exitCode, err } = await cli.run(...args);
    expect([exitCode, cli.requests]).toEqual([2, []]);
    expect(err).toContain(problem);
  });

  it('sends no token to the store of files', async () => {
    const seen: (string | null)[] = [];
    cli.onRequest = (url, init) => {
      if (url.startsWith('https://files.test')) seen.push(new Headers(init.headers).get('authorization'));
    };
    await cli.run('import', 'desk', 'walk-ins', 'leads.csv');
    expect(seen).toEqual([null]);
  });
});

describe('sync with files', () => {
  const asked = {
    mode: 'incremental',
    at: '2026-11-21T09:00:00.000Z',
    requests: [
      { connection: 'main', stream: 'orders', partition: null, state: 'due', run: null, message: 'It is due.' },
    ],
    skipped: [
      { connection: 'desk', stream: 'walk-ins', reason: 'its records come by import' },
      { connection: 'desk', stream: 'loss-of-sale', reason: 'its records come by import' },
    ],
  };

  it('says which streams come by import, and leaves them out', async () => {
    const { out, exitCode } = await cli.on('POST /v1/sync', asked).run('sync', '--all');
    expect(exitCode).toBe(0);
    expect(out).toContain('desk/walk-ins: left out, its records come by import');
    expect(cli.requests).toHaveLength(1);
  });

  it('imports those that a file is given for', async () => {
    cli.on('POST /v1/sync', asked);
    const { out, exitCode } = await cli.run('sync', '--all', '--import', 'desk/walk-ins=leads.csv');
    expect(exitCode).toBe(0);
    expect(out).toContain('main/orders: It is due.');
    expect(out).not.toContain('desk/walk-ins: left out');
    expect(out).toContain('desk/loss-of-sale: left out');
    expect(out).toMatch(/written\s+1 added, 1 updated/);
  });

  it('fails when rows of a file were rejected, and begins nothing without the file', async () => {
    cli.on('POST /v1/sync', asked).on(`GET ${ROOT}/${RUN}`, PARTIAL);
    expect((await cli.run('sync', '--all', '--import', 'desk/walk-ins=leads.csv')).exitCode).toBe(1);
    const begun = cli.requests.length;
    const { exitCode, err } = await cli.run('sync', '--all', '--import', 'desk/walk-ins=none.csv');
    expect([exitCode, cli.requests.length]).toEqual([2, begun]);
    expect(err).toContain('there is no file none.csv');
  });
});
