import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { MANUAL_CONNECTION } from '../../infra/local/start/manual-connection.ts';
import { type ClinikoSimulator, startClinikoSimulator } from '../simulators/cliniko/cliniko-simulator.ts';
import { type RentalSimulator, startRentalSimulator } from '../simulators/rental/rental-simulator.ts';
import { present } from '../support/present.ts';
import { spawnCli } from './spawn-cli.ts';
import { BIG_EVENT, type System, startSystem } from './system.ts';

const verified = z.object({
  ok: z.boolean(),
  problems: z.array(z.string()),
  streams: z.array(
    z.object({
      connection: z.string(),
      stream: z.string(),
      counts: z.object({ partitions: z.number(), committed: z.number(), cached: z.number() }),
      sample: z.looseObject({ compared: z.number(), equal: z.number(), intact: z.number(), kept: z.number() }),
    }),
  ),
});

let system: System;
let rental: RentalSimulator;
let clinic: ClinikoSimulator;
let folder: string;

beforeAll(async () => {
  system = await startSystem();
  rental = await startRentalSimulator();
  clinic = await startClinikoSimulator({ organizations: { 'north-clinic': { patients: 60, appointments: 80 } } });
  for (const connection of [rental.connection(), ...clinic.connections(), MANUAL_CONNECTION]) {
    system.host.setConnection({ ...connection });
  }
  folder = mkdtempSync(join(tmpdir(), 'tidemark-commands-'));
});

afterAll(async () => {
  await system.close();
  await rental.close();
  await clinic.close();
  rmSync(folder, { recursive: true });
});

const run = (...args: readonly string[]) =>
  spawnCli([...args, '--json'], system.host.apiUrl, system.host.tokens.operate);

async function verify(...args: readonly string[]) {
  const { exitCode, answer } = await run('verify', ...args);
  return { exitCode, ...verified.parse(answer) };
}

it('everything is synced by one command, files included, and verified by another', async () => {
  const file = join(folder, 'walk-ins.csv');
  writeFileSync(file, 'Mobile No.,Customer Name,Branch,Visit date\n9876543210,Guest,kochi,05/11/2026\n');
  const synced = await run('sync', '--all', '--import', `desk/walk-ins=${file}`, '--wait');
  expect(synced.answer).toMatchObject({ imports: [{ outcome: 'succeeded', rows: { added: 1 } }] });
  // On a busy machine the store may not answer one of its partitions in time: the command says so, and is asked again.
  expect(synced.exitCode === 0 || (await run('sync', '--all', '--wait')).exitCode === 0).toBe(true);
  const { exitCode, problems, streams } = await verify('--all', '--sample', '4');
  expect(problems).toEqual([]);
  expect(exitCode).toBe(0);
  const counted = Object.fromEntries(
    streams.map(({ connection, stream, counts }) => [`${connection}/${stream}`, counts.cached]),
  );
  expect(counted).toMatchObject({
    'main/registrations': system.simulator.control.records().length,
    'rental/bookings': rental.control.records('bookings').length,
    'rental/returns': rental.control.records('returns').length,
    'north-clinic/patients': clinic.control('north-clinic').records('patients').length,
    'desk/walk-ins': 1,
    'desk/loss-of-sale': 0,
  });
  expect(streams.find(({ connection }) => connection === 'main')?.sample).toMatchObject({ compared: 4, equal: 4 });
});

it('what the cache lost is found by counting, what it holds wrongly by comparing, and a full mends both', async () => {
  const key = `cache:event:${BIG_EVENT}:registrations`;
  const ids = await system.redis('HKEYS', key);
  const [lost, ...others] = z.array(z.string()).parse(ids);
  await system.redis('HDEL', key, present(lost, 'a record'));
  for (const id of others) await system.redis('HSET', key, id, '{"altered":true}');
  const found = await verify('main', 'registrations', BIG_EVENT, '--sample', '3');
  expect(found).toMatchObject({ exitCode: 1, ok: false });
  expect(found.problems[0]).toMatch(/2419 committed, 2418 in the cache: 1 missing, 0 extra$/);
  expect(found.problems.filter((problem) => problem.includes('differs'))).toHaveLength(3);
  const mended = await run('full', 'main', 'registrations', BIG_EVENT, '--wait');
  expect(mended).toMatchObject({ exitCode: 0, answer: { outcome: 'succeeded' } });
  expect((await verify('main', 'registrations', '--sample', '3')).problems).toEqual([]);
});

it('a stream is paused and resumed, its runs are shown, and a connection is checked', async () => {
  expect(await run('pause', 'main')).toMatchObject({ exitCode: 0, answer: { paused: true } });
  expect(await run('sync', 'main')).toMatchObject({ exitCode: 1, answer: { code: 'stream-paused', exitCode: 1 } });
  expect(await run('resume', 'main')).toMatchObject({ exitCode: 0, answer: { paused: false } });
  expect(await run('runs', '--connection', 'main')).toMatchObject({ answer: { runs: [{ task: 'full' }, {}] } });
  expect(await run('connection', 'check', 'north-clinic')).toMatchObject({ exitCode: 0, answer: { ok: true } });
  const duplicates = await run('duplicates', 'main');
  expect(duplicates).toMatchObject({
    exitCode: 0,
    answer: { partitions: [], withoutIdentity: ['main/registrations'] },
  });
});
