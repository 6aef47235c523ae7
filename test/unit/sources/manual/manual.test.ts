import { describe, expect, it } from 'vitest';
import { manual } from '../../../../lib/sources/manual/manual.ts';
import { ASHA, connectionOf, rowsOf, TITLES } from './manual-files.ts';

const options = { allowLoopback: false };

describe('a manual connection', () => {
  it('is told every problem of its settings, without their values', () => {
    const settings = {
      timeZone: 'Mars/Base',
      countryCode: '+91',
      stores: { Kochi: 'a b' },
      streams: { 'walk-ins': { columns: { 'First Name': 'x' } }, others: {} },
    };
    const problems = manual.problems({ ...connectionOf(settings), secrets: { key: 'k3y' } }, options);
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'settings.timeZone',
      'settings.countryCode',
      'settings.stores.Kochi',
      'settings.streams.walk-ins.columns.First Name',
      'settings.streams',
      'secrets',
    ]);
    expect(problems.join()).not.toMatch(/k3y|Mars|a b/);
  });

  it('may not name one store twice', () => {
    const settings = { stores: { 'MG Road': '7', 'm.g. road': '8' } };
    expect(manual.problems(connectionOf(settings), options)).toEqual(['settings.stores: names a store twice']);
    expect(manual.problems(connectionOf(), options)).toEqual([]);
  });

  it('has streams that nobody is asked for', async () => {
    const source = openSource();
    expect(source.streams.map(({ name, coverage, partitionKind }) => [name, coverage, partitionKind])).toEqual([
      ['walk-ins', 'import', 'location'],
      ['loss-of-sale', 'import', 'location'],
    ]);
    await expect(source.listPartitions('walk-ins')).resolves.toEqual({ partitions: [] });
    // An answer without records would say that all of them are gone.
    await expect(source.read({ stream: 'walk-ins' })).rejects.toMatchObject({ code: 'source-misconfigured' });
    await expect(source.sweep({ stream: 'walk-ins' })).rejects.toMatchObject({ code: 'source-misconfigured' });
  });

  it('tells a record by its booking and by what it is known by', async () => {
    const [row] = await rowsOf(`${TITLES},Booking No\n${ASHA},B-7`);
    const body = row?.outcome === 'record' ? row.record.body : '';
    const identities = openSource().streams[0]?.identities;
    expect(identities?.(body)).toEqual([
      '["booking","b-7","919847012345","walk-in"]',
      '["lead","919847012345","asha","edappally","walk-in","2026-11-05"]',
    ]);
    expect(identities?.('[]')).toEqual([]);
  });
});

function openSource() {
  const untouched = (): never => {
    throw new Error('a manual source needs nothing');
  };
  return manual.open(connectionOf(), {
    calls: { send: untouched },
    http: { send: untouched },
    tokens: { read: untouched, beginRefresh: untouched, finishRefresh: untouched, abandonRefresh: untouched },
    clock: { now: untouched, monotonicMs: untouched, sleep: untouched },
    randomness: { fraction: untouched, token: untouched },
    allowLoopback: false,
  });
}
