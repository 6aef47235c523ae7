import { describe, expect, it } from 'vitest';
import { type Instant, instantFromMs } from '../../../../lib/domain/instant.ts';
import { type Source, SourceFailure, type SourcePage } from '../../../../lib/ports/source.ts';
import { cliniko } from '../../../../lib/sources/cliniko/cliniko.ts';
import { InMemoryTokenStore } from '../../../fakes/in-memory-token-store.ts';
import { ManualClock } from '../../../fakes/manual-clock.ts';
import { SeededRandomness } from '../../../fakes/seeded-randomness.ts';
import { CLINIKO_KEY, clinikoConnection } from '../../../support/cliniko-connection.ts';
import { present } from '../../../support/present.ts';
import { ScriptedHttp } from '../../../support/scripted-http.ts';
import { type ScriptedAnswer, ScriptedSourceCalls } from '../../../support/scripted-source-calls.ts';

const at = (iso: string) => instantFromMs(Date.parse(iso));
/** 17:47 in Sydney. */
const NOW = at('2026-11-21T06:47:00Z');
const SINCE = at('2026-11-21T06:40:00.250Z');

const row = (id: string, fields = '') => `{"id":"${id}","updated_at":"2026-11-21T06:45:00Z"${fields}}`;
const page = (root: string, rows: readonly string[], more = false): ScriptedAnswer => {
  const links = more ? '{"next":"https://evil.example/v1/patients?page=2"}' : '{}';
  return { body: `{"${root}":[${rows.join(',')}],"total_entries":650,"links":${links}}` };
};
const rootOf = (url: string) => present(new URL(url).pathname.split('/')[2], 'a list');

interface World {
  readonly source: Source;
  readonly calls: ScriptedSourceCalls;
  /** Path and filters of every call so far. */
  readonly asked: () => readonly string[];
}

function open(
  answer: (url: URL, call: number) => ScriptedAnswer | undefined,
  settings: Readonly<Record<string, unknown>> = {},
  clock = new ManualClock(),
): World {
  const calls = new ScriptedSourceCalls(clock, ({ url }, call) => answer(new URL(url), call) ?? page(rootOf(url), []));
  const source = cliniko.open(clinikoConnection(settings), {
    calls,
    http: new ScriptedHttp(() => ({ body: '' })),
    tokens: new InMemoryTokenStore(clock),
    clock,
    randomness: new SeededRandomness(),
    allowLoopback: false,
  });
  const asked = () =>
    calls.requests.map(({ url }) => {
      const { pathname, searchParams } = new URL(url);
      return [pathname.slice('/v1/'.length), ...searchParams.getAll('q[]')].join(' ');
    });
  return { source, calls, asked };
}

async function readAll(source: Source, query: { readonly stream: string; readonly since?: Instant }) {
  const pages: SourcePage[] = [];
  let cursor: string | undefined;
  do {
    const next = await source.read(query, cursor);
    pages.push(next);
    cursor = next.next;
  } while (cursor !== undefined);
  return pages;
}

async function failureOf(answer: ScriptedAnswer): Promise<SourceFailure> {
  const { source } = open(() => answer);
  const error: unknown = await source.read({ stream: 'patients' }).catch((thrown: unknown) => thrown);
  if (!(error instanceof SourceFailure)) throw new Error('no source failure');
  return error;
}

describe('reading patients', () => {
  it('asks as the vendor wants to be asked, with filters that every server can read', async () => {
    const { source, calls } = open(() => undefined);
    await source.read({ stream: 'patients', partition: 'north-clinic', since: SINCE });
    expect(calls.requests[0]).toEqual({
      method: 'GET',
      url: 'https://api.au2.cliniko.com/v1/patients?per_page=100&sort=id&q%5B%5D=updated_at%3A%3E%3D2026-11-21T06%3A40%3A00Z',
      headers: {
        authorization: `Basic ${Buffer.from(`${CLINIKO_KEY}:`).toString('base64')}`,
        accept: 'application/json',
        'user-agent': 'Front desk (it@clinic.example)',
      },
    });
  });

  it('goes on after the last id of a page, on the same host, whatever the link to the next page says', async () => {
    const rows = [
      [row('9'), row('10')],
      [row('1390726237298631770'), row('1390726237298631771')],
      [row('9000000000000000003')],
    ];
    const { source, calls, asked } = open((_url, call) => page('patients', rows[call] ?? [], call < 2));
    const pages = await readAll(source, { stream: 'patients' });
    expect(pages.flatMap(({ records }) => records.map(({ id }) => id))).toHaveLength(5);
    expect(asked()).toEqual(['patients', 'patients id:>10', 'patients id:>1390726237298631771']);
    for (const { url } of calls.requests) expect(url).toMatch(/^https:\/\/api\.au2\.cliniko\.com\/v1\//);
    expect(pages.map(({ total }) => total)).toEqual([650, undefined, undefined]);
  });

  it('asks each list what is new since one and the same instant, and is complete after the last', async () => {
    const deleted =
      '{"deleted_at":"2026-11-21T06:44:00Z","links":{"self":"https://api.au2.cliniko.com/v1/patients/5"}}';
    const { source, asked } = open(({ pathname }, call) => {
      if (call === 0) return page('patients', [row('3')], true);
      if (pathname.endsWith('/deleted')) return page('patients', [deleted]);
      if (pathname.endsWith('/archived')) return page('patients', [row('6', ',"archived_at":"2026-11-21T06:46:00Z"')]);
      return page('patients', [row('4')]);
    });
    const pages = await readAll(source, { stream: 'patients', since: SINCE });
    const since = 'updated_at:>=2026-11-21T06:40:00Z';
    expect(asked()).toEqual([
      `patients ${since}`,
      `patients ${since} id:>3`,
      `patients/deleted ${since}`,
      `patients/archived ${since}`,
    ]);
    expect(pages.flatMap(({ records }) => records.map(({ id }) => id))).toEqual(['3', '4']);
    expect(pages.flatMap(({ removed = [] }) => removed)).toEqual([
      { id: '5', partition: 'north-clinic', modified: at('2026-11-21T06:44:00Z') },
      { id: '6', partition: 'north-clinic', modified: at('2026-11-21T06:46:00Z') },
    ]);
    for (const { next = '' } of pages) expect(Buffer.byteLength(next)).toBeLessThanOrEqual(64);
  });

  it('asks by other times where the settings say so', async () => {
    const newsBy = { deleted: 'deleted_at', archived: 'archived_at' };
    const { source, asked } = open(() => undefined, { newsBy });
    await readAll(source, { stream: 'patients', since: SINCE });
    expect(asked().slice(1)).toEqual([
      'patients/deleted deleted_at:>=2026-11-21T06:40:00Z',
      'patients/archived archived_at:>=2026-11-21T06:40:00Z',
    ]);
  });

  it('keeps the private fields that are asked for, and no others', async () => {
    const text = row('1', ',"notes":"a","medicare":"b"');
    const { source } = open(() => page('patients', [text]), { include: { patients: ['notes'] } });
    const { records } = await source.read({ stream: 'patients' });
    expect(records[0]?.body).toBe(row('1', ',"notes":"a"'));
  });

  it('refuses pages that announce others and lead to none', async () => {
    const { source } = open(() => page('patients', [], true));
    await expect(source.read({ stream: 'patients' })).rejects.toMatchObject({ code: 'source-malformed' });
  });

  it('asks for records by their ids, a hundred at once, and for none that cannot be one', async () => {
    const { source, asked } = open(() => page('patients', []));
    const ids = Array.from({ length: 101 }, (_, index) => String(index + 1));
    const first = await source.read({ stream: 'patients', ids: ['x', ...ids] });
    await source.read({ stream: 'patients', ids: ['x', ...ids] }, first.next);
    await source.read({ stream: 'patients', ids: ['1 OR 1', ''] });
    expect(asked()).toEqual([`patients id:=${ids.slice(0, 100).join(',')}`, 'patients id:=101', 'patients id:=0']);
  });

  it('refuses another organization, and a page token of another version', async () => {
    const { source } = open(() => undefined);
    const other = { stream: 'patients', partition: 'south-clinic' };
    await expect(async () => source.read(other)).rejects.toMatchObject({ code: 'source-misconfigured' });
    for (const cursor of ['', '0.0.1.', '1.99.1795243620000.', '1.0.1.x']) {
      const read = source.read({ stream: 'patients' }, cursor);
      await expect(read).rejects.toMatchObject({ code: 'source-cursor-expired' });
    }
  });
});

describe('reading appointments', () => {
  const takingPlace = (from: string, until: string) =>
    `individual_appointments starts_at:>=${from} starts_at:<${until}`;

  it('as a whole asks for the days around today, and for what has left them lately', async () => {
    const { source, asked } = open(() => undefined);
    await readAll(source, { stream: 'appointments' });
    expect(asked()).toEqual([
      takingPlace('2026-11-13T13:00:00Z', '2026-12-21T13:00:00Z'),
      takingPlace('2026-10-30T13:00:00Z', '2026-11-13T13:00:00Z'),
    ]);
  });

  it('since an instant of the same day asks what changed, and not when it takes place', async () => {
    const { source, asked } = open(() => undefined);
    await readAll(source, { stream: 'appointments', since: SINCE });
    const since = '>=2026-11-21T06:40:00Z';
    expect(asked()).toEqual([
      `individual_appointments updated_at:${since}`,
      `individual_appointments/deleted updated_at:${since}`,
      `individual_appointments/cancelled cancelled_at:${since}`,
      `individual_appointments archived_at:${since}`,
    ]);
  });

  it('since another day also asks for the days that entered and left meanwhile', async () => {
    const { source, asked } = open(() => undefined);
    await readAll(source, { stream: 'appointments', since: at('2026-11-19T06:40:00Z') });
    expect(asked().slice(1, 3)).toEqual([
      takingPlace('2026-12-19T13:00:00Z', '2026-12-21T13:00:00Z'),
      takingPlace('2026-11-11T13:00:00Z', '2026-11-13T13:00:00Z'),
    ]);
  });

  it('over a change of clocks asks for whole days', async () => {
    // Sydney sets its clocks forward on 4 October 2026: that day has 23 hours.
    const clock = new ManualClock(at('2026-09-04T20:00:00Z'));
    const { source, asked } = open(() => undefined, {}, clock);
    await readAll(source, { stream: 'appointments', since: at('2026-09-03T20:00:00Z') });
    expect(asked().slice(1, 3)).toEqual([
      takingPlace('2026-10-04T13:00:00Z', '2026-10-05T13:00:00Z'),
      takingPlace('2026-08-27T14:00:00Z', '2026-08-28T14:00:00Z'),
    ]);
    const before = open(() => undefined, {}, new ManualClock(at('2026-09-03T20:00:00Z')));
    await readAll(before.source, { stream: 'appointments', since: at('2026-09-02T20:00:00Z') });
    expect(before.asked()[1]).toBe(takingPlace('2026-10-03T14:00:00Z', '2026-10-04T13:00:00Z'));
  });

  it('tells what was moved out of these days, and what is in them', async () => {
    const rows = [
      row('1', ',"starts_at":"2026-11-13T12:59:59Z"'),
      row('2', ',"starts_at":"2026-11-13T13:00:00Z"'),
      row('3', ',"starts_at":"2026-12-21T13:00:00Z"'),
    ];
    const { source } = open(() => page('individual_appointments', rows));
    const { records, removed } = await source.read({ stream: 'appointments', since: SINCE });
    expect(records.map(({ id }) => id)).toEqual(['2']);
    expect(removed?.map(({ id }) => id)).toEqual(['1', '3']);
  });

  it("goes by the source's day, though this machine's clock shows another", async () => {
    const { source, asked } = open(() => ({
      ...page('individual_appointments', []),
      date: at('2026-11-24T06:47:00Z'),
    }));
    const first = await source.read({ stream: 'appointments' });
    expect(asked()).toEqual([
      takingPlace('2026-11-13T13:00:00Z', '2026-12-21T13:00:00Z'),
      takingPlace('2026-11-16T13:00:00Z', '2026-12-24T13:00:00Z'),
    ]);
    expect(first.servedAt).toBe(at('2026-11-24T06:47:00Z'));
  });

  it('goes by one day from its first page to its last', async () => {
    let date = NOW;
    const { source, asked } = open(() => {
      const answer = { ...page('individual_appointments', [], false), date };
      date = at('2026-11-21T14:00:00Z');
      return answer;
    });
    await readAll(source, { stream: 'appointments', since: SINCE });
    expect(asked()).toHaveLength(4);
  });

  it('is swept without what has left', async () => {
    const { source, asked } = open(() => undefined);
    expect((await source.sweep({ stream: 'appointments' })).next).toBeUndefined();
    expect(asked()).toEqual([takingPlace('2026-11-13T13:00:00Z', '2026-12-21T13:00:00Z')]);
  });
});

describe('an answer', () => {
  it('of too many calls says when to come back, by the clock of the vendor', async () => {
    const date = at('2026-11-21T06:50:00Z');
    const reset = String(at('2026-11-21T06:50:42Z') / 1000);
    const failure = await failureOf({ status: 429, headers: { 'x-ratelimit-reset': reset }, body: '{}', date });
    expect(failure).toMatchObject({ code: 'source-rate-limited', status: 429, retryAt: at('2026-11-21T06:47:42Z') });
    expect((await failureOf({ status: 429, body: '' })).retryAt).toBe(at('2026-11-21T06:48:00Z'));
  });

  it.each([
    [401, '{}', 'source-unauthorized'],
    [403, '{}', 'source-unauthorized'],
    [404, '{}', 'source-misconfigured'],
    [400, '{"message":"q is invalid"}', 'source-misconfigured'],
    [500, '<html>', 'source-unavailable'],
    [503, '', 'source-unavailable'],
    [408, '', 'source-unavailable'],
    [200, '<html>', 'source-malformed'],
    [200, '{"patients":[{"id":"1"', 'source-malformed'],
    [200, '{"individual_appointments":[],"links":{}}', 'source-malformed'],
    [204, '', 'source-malformed'],
  ])('%d with %j is %s', async (status, body, code) => {
    expect((await failureOf({ status, body })).code).toBe(code);
  });
});
