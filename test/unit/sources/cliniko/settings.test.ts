import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConnection } from '../../../../lib/config/connection.ts';
import type { Connection } from '../../../../lib/ports/connections.ts';
import { cliniko } from '../../../../lib/sources/cliniko/cliniko.ts';
import { parseAccount } from '../../../../lib/sources/cliniko/settings.ts';
import { shardOfKey } from '../../../../lib/sources/cliniko/shard.ts';
import { clinikoConnection } from '../../../support/cliniko-connection.ts';

const problemsOf = (connection: Connection, allowLoopback = false): readonly string[] => {
  const parsed = parseAccount(connection, allowLoopback);
  return parsed.outcome === 'valid' ? [] : parsed.problems;
};

function accountOf(connection: Connection, allowLoopback = false) {
  const parsed = parseAccount(connection, allowLoopback);
  if (parsed.outcome !== 'valid') throw new Error(parsed.problems.join('; '));
  return parsed.account;
}

const withKey = (apiKey: string, settings: Readonly<Record<string, unknown>> = {}) =>
  clinikoConnection(settings, { secrets: { apiKey } });

describe('the shard of an API key', () => {
  it.each([
    ['MS0xNzIw-au2', 'au2'],
    ['MS0x-abc-uk12', 'uk12'],
    ['MS0xNzIwLegacy', 'au1'],
  ])('of %s is %s', (key, shard) => {
    expect(shardOfKey(key)).toBe(shard);
  });

  it.each([
    'key-evil.example',
    'key-au2.evil.example/',
    'key-au2\n',
    'key-AU2',
    'key-au',
    'key-a2',
    'key-au123',
    'key-',
    'key-au2@evil.example',
    'key-../',
  ])('of %j is none', (key) => {
    expect(shardOfKey(key)).toBeUndefined();
  });

  it('decides the host, and nothing else does', () => {
    expect(accountOf(clinikoConnection()).origin).toBe('https://api.au2.cliniko.com');
    expect(accountOf(withKey('legacy')).origin).toBe('https://api.au1.cliniko.com');
    expect(accountOf(withKey('a-b', { shard: 'ca1' })).origin).toBe('https://api.ca1.cliniko.com');
    expect(accountOf(clinikoConnection({ apiHost: 'api.au2.cliniko.com' })).origin).toBe('https://api.au2.cliniko.com');
    for (const apiHost of ['evil.example', 'api.uk1.cliniko.com', 'https://api.au2.cliniko.com.evil.example'])
      expect(problemsOf(clinikoConnection({ apiHost })).join()).toContain('settings.apiHost');
  });

  it('that names none must be set beside it, and agree with a key that does', () => {
    expect(problemsOf(withKey('key-evil.example')).join()).toContain('shard');
    expect(problemsOf(clinikoConnection({ shard: 'uk1' })).join()).toContain('settings.shard');
    expect(problemsOf(clinikoConnection({ shard: 'au2' }))).toEqual([]);
    expect(problemsOf(clinikoConnection({ shard: 'au2.evil' })).join()).toContain('settings.shard');
  });
});

describe('settings of a Cliniko connection', () => {
  it('are few: who asks, in which zone, and with which key', () => {
    const { settings, organization } = accountOf(clinikoConnection());
    expect(organization).toBe('north-clinic');
    expect(settings).toMatchObject({
      appointments: { pastDays: 7, futureDays: 30 },
      include: { patients: [], appointments: [] },
      newsBy: { deleted: 'updated_at', archived: 'updated_at', cancelled: 'cancelled_at' },
      pageSize: 100,
      callsPerMinute: 180,
    });
  });

  it('name the organization after the connection unless they say otherwise', () => {
    const { organization: _, ...settings } = clinikoConnection().settings;
    expect(accountOf({ ...clinikoConnection(), settings }).organization).toBe('clinic');
  });

  it('may give one of the days and leave the other', () => {
    expect(accountOf(clinikoConnection({ appointments: { pastDays: 0 } })).settings.appointments).toEqual({
      pastDays: 0,
      futureDays: 30,
    });
  });

  it.each([
    ['userAgent', 'Front desk'],
    ['userAgent', 'it@clinic.example'],
    ['userAgent', 'Front desk (it@clinic)'],
    ['userAgent', 'Front desk (it@clinic.example)\r\nx: y'],
    ['userAgent', undefined],
    ['timeZone', 'Sydney'],
    ['timeZone', '+10:00'],
    ['organization', 'a b'],
    ['pageSize', 101],
    ['callsPerMinute', 201],
    ['appointments', { pastDays: -1 }],
    ['include', { patients: ['first_name'] }],
    ['newsBy', { deleted: 'created_at' }],
    ['colour', 'blue'],
  ])('are refused with %s %j', (name, value) => {
    const problems = problemsOf(clinikoConnection({ [name]: value }));
    expect(problems.join()).toContain(name);
  });

  it('never repeat the key in a problem', () => {
    expect(problemsOf(withKey('')).join()).toContain('secrets.apiKey');
    for (const apiKey of ['with space', 'with:colon', 'ключ', 'named-evil.example']) {
      const problems = problemsOf(withKey(apiKey));
      expect(problems.join()).toContain('secrets.apiKey');
      expect(problems.join()).not.toContain(apiKey);
    }
  });

  it('speak plain HTTP on the local host alone', () => {
    const local = clinikoConnection({ apiHost: 'http://127.0.0.1:8080' });
    expect(problemsOf(local)).not.toEqual([]);
    expect(accountOf(local, true).origin).toBe('http://127.0.0.1:8080');
    expect(problemsOf(clinikoConnection({ apiHost: 'http://10.0.0.1:8080' }), true)).not.toEqual([]);
  });
});

describe('the connection that the documentation shows', () => {
  it('is sound, once it has a key', () => {
    const shown = /```json\n(.*?)```/s.exec(readFileSync('docs/cliniko.md', 'utf8'))?.[1] ?? '';
    const connection = parseConnection('north-clinic', shown.replace('…-au2', 'key-au2'));
    if (!('settings' in connection)) throw new Error(connection.problems.join('; '));
    expect(cliniko.problems(connection, { allowLoopback: false })).toEqual([]);
    expect(cliniko.limits(connection)).toMatchObject({ perMinute: 180, concurrent: 4 });
  });
});
