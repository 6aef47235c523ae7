import { describe, expect, it } from 'vitest';
import { parseConnection } from '../../../lib/config/connection.ts';

const entry = {
  id: 'main',
  source: 'zoho-creator',
  settings: { owner: 'acme' },
  secrets: { refreshToken: 'top-secret' },
};

function scheduled(schedule: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...entry, policy: { schedule } });
}

describe('parseConnection', () => {
  it('reads an entry and fills in what may be left out', () => {
    expect(parseConnection('main', JSON.stringify(entry))).toEqual({ ...entry, enabled: true, policy: {} });
  });

  it('reads everything an entry may hold', () => {
    const schedule = {
      changes: '0 8-18/4 * * 1-5',
      full: '0 2 * * *',
      timeZone: 'Asia/Kolkata',
      skipWithinMinutes: 30,
    };
    const shared = { schedule, intervalMinutes: 15, staleAfterMinutes: 30, overlapMinutes: 10, settleSeconds: 0 };
    const bookings = { ...shared, audit: 'off', enabled: false, onConflict: 'skip-existing' };
    const policy = { ...shared, audit: 'report', streams: { bookings, returns: {} } };
    const full = { ...entry, enabled: false, namespace: 'north', policy };
    expect(parseConnection('main', JSON.stringify(full))).toEqual(full);
  });

  it.each([
    ['no JSON', '{', /not JSON/],
    ['no object', '[]', /the entry/],
    ['another id than the parameter’s', JSON.stringify({ ...entry, id: 'other' }), /^id:/],
    ['an id out of its alphabet', JSON.stringify({ ...entry, id: 'Main!' }), /^id:/],
    ['no settings', JSON.stringify({ ...entry, settings: undefined }), /^settings: is missing$/],
    ['a misspelt field', JSON.stringify({ ...entry, namespcae: 'x' }), /unknown field namespcae/],
    ['a misspelt policy', JSON.stringify({ ...entry, policy: { interval: 5 } }), /policy: unknown field interval/],
    [
      'a policy out of range',
      JSON.stringify({ ...entry, policy: { intervalMinutes: 0 } }),
      /^policy\.intervalMinutes:/,
    ],
    [
      'a misspelt policy of a stream',
      JSON.stringify({ ...entry, policy: { streams: { orders: { retrySeconds: 5 } } } }),
      /^policy\.streams\.orders: unknown field retrySeconds/,
    ],
    [
      'a stream’s policy out of range',
      JSON.stringify({ ...entry, policy: { streams: { orders: { onConflict: 'keep' } } } }),
      /^policy\.streams\.orders\.onConflict:/,
    ],
    [
      'an expression of EventBridge',
      scheduled({ changes: '0/5 * * * ? *' }),
      /^policy\.schedule\.changes: must be a cron/,
    ],
    ['a day that no month has', scheduled({ full: '0 0 31 2 *' }), /^policy\.schedule\.full: must be a cron/],
    ['a zone that is none', scheduled({ timeZone: 'Europe/Nowhere' }), /^policy\.schedule\.timeZone: must be an IANA/],
    ['a namespace with its separator', JSON.stringify({ ...entry, namespace: 'a~b' }), /^namespace:/],
    ['a secret that is no text', JSON.stringify({ ...entry, secrets: { key: 12 } }), /^secrets\.key:/],
  ])('says what is wrong with %s', (_, text, problem) => {
    expect(parseConnection('main', text)).toEqual({ id: 'main', problems: [expect.stringMatching(problem)] });
  });

  it('reports every problem at once, and no value', () => {
    const broken = {
      id: 'Bad Id',
      source: 'top-secret!',
      settings: 'top-secret',
      secrets: { a: ['top-secret'] },
      enabled: 'top-secret',
    };
    const parsed = parseConnection('main', JSON.stringify(broken));
    expect('problems' in parsed && parsed.problems).toHaveLength(5);
    expect(JSON.stringify(parsed)).not.toContain('top-secret');
  });
});
