import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { spawnCli } from './spawn-cli.ts';
import { type System, startSystem } from './system.ts';

const DESK = { id: 'desk', source: 'manual', settings: { timeZone: 'Asia/Kolkata', countryCode: '91' }, secrets: {} };
const STORES = ['edappally', 'kottayam', 'kochi', 'trivandrum'] as const;
/** With the remarks of each, over the ten megabytes that an API takes at most. */
const ROWS = 24_000;
const REMARKS = 'asked for a suit in another size, and will call again '.repeat(8);

let system: System;
let folder: string;

beforeAll(async () => {
  system = await startSystem();
  system.host.setConnection(DESK);
  folder = mkdtempSync(join(tmpdir(), 'tidemark-imports-'));
});

afterAll(async () => {
  await system.close();
  rmSync(folder, { recursive: true });
});

function fileOf(name: string, rows: number, remarks: string, encoding: BufferEncoding = 'utf8'): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    return `+91 98${String(row).padStart(8, '0')};Guest ${row};${STORES[row % 4]};05/11/2026;"${remarks}"`;
  });
  const text = `\ufeff${['Mobile No.;Customer Name;Branch;Visit date;Remarks', ...lines].join('\r\n')}`;
  const path = join(folder, name);
  writeFileSync(path, text.replaceAll('05/11/2026', '2026-11-05'), encoding);
  return path;
}

const cached = async () => Promise.all(STORES.map((store) => system.redis('HLEN', `cache:location:${store}:walk-ins`)));
const run = (...args: readonly string[]) =>
  spawnCli(['import', 'desk', 'walk-ins', ...args, '--json'], system.host.apiUrl, system.host.tokens.operate);

it('a file larger than the API takes is imported by its link, and again without effect', {
  timeout: 240_000,
}, async () => {
  const file = fileOf('large.csv', ROWS, REMARKS);
  expect(readFileSync(file).length).toBeGreaterThan(10 * 1024 * 1024);
  const dry = await run(file, '--dry-run');
  expect(dry.answer).toMatchObject({ outcome: 'succeeded', dryRun: true, rows: { read: ROWS, added: ROWS } });
  expect(await cached()).toEqual([0, 0, 0, 0]);
  const first = await run(file);
  expect(first.exitCode).toBe(0);
  expect(first.answer).toMatchObject({ outcome: 'succeeded', rows: { read: ROWS, added: ROWS, rejected: 0 } });
  expect(await cached()).toEqual([6_000, 6_000, 6_000, 6_000]);
  const again = await run(file);
  expect(again.answer).toMatchObject({ outcome: 'succeeded', rows: { added: 0, updated: 0, unchanged: ROWS } });
  const runs = await system.api('GET', '/v1/runs?connection=desk&stream=walk-ins');
  expect(runs.body).toMatchObject({ runs: [{ task: 'import' }, { task: 'import' }, { task: 'import' }] });
  const status = await system.api('GET', '/v1/status/desk/walk-ins/kochi');
  expect(status.body).toMatchObject({ count: 6_000, cached: 6_000, state: expect.stringMatching(/./) });
});

it('rows that are wrong are listed in a file, and the others are imported', { timeout: 120_000 }, async () => {
  const file = fileOf('some.csv', 40, 'short', 'utf16le');
  const lines = readFileSync(file, 'utf16le').split('\r\n');
  writeFileSync(
    file,
    [...lines.slice(0, 3), 'no phone;=1+1;kochi;2026-11-05;x', ...lines.slice(3)].join('\r\n'),
    'utf16le',
  );
  const errors = join(folder, 'errors.csv');
  const { exitCode, answer } = await run(file, '--errors', errors);
  expect(exitCode).toBe(1);
  expect(answer).toMatchObject({ outcome: 'partial', rows: { read: 41, updated: 40, rejected: 1 } });
  expect(readFileSync(errors, 'utf8')).toBe(
    '\ufeffrow,column,expected\r\n4,Mobile No.,a phone number of 5 to 15 digits\r\n',
  );
});

it('an importer that is killed is followed by one that goes on', { timeout: 240_000 }, async () => {
  const file = fileOf('killed.csv', ROWS, `changed ${REMARKS}`);
  const importing = run(file);
  for (let kills = 0, tries = 0; kills < 2 && tries < 100; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 400));
    if (system.host.killEnvironments('Importer') === 0) continue;
    kills += 1;
    // The dead hold their leases until these lapse.
    await system.time.endLeases('desk#walk-ins');
  }
  expect((await importing).answer).toMatchObject({ state: 'ended', outcome: 'succeeded', rows: { read: ROWS } });
  expect(await cached()).toEqual([6_000, 6_000, 6_000, 6_000]);
  const bodies = await system.redis('HVALS', 'cache:location:kochi:walk-ins');
  expect(Array.isArray(bodies) && bodies.every((body) => String(body).includes('changed asked'))).toBe(true);
});
