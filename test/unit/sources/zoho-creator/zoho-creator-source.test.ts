import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../../lib/domain/instant.ts';
import type { Connection } from '../../../../lib/ports/connections.ts';
import type { HttpRequest } from '../../../../lib/ports/http.ts';
import { type Source, SourceFailure } from '../../../../lib/ports/source.ts';
import { zohoCreator } from '../../../../lib/sources/zoho-creator/zoho-creator.ts';
import { InMemoryTokenStore } from '../../../fakes/in-memory-token-store.ts';
import { ManualClock } from '../../../fakes/manual-clock.ts';
import { SeededRandomness } from '../../../fakes/seeded-randomness.ts';
import { ScriptedHttp } from '../../../support/scripted-http.ts';
import { type ScriptedAnswer, ScriptedSourceCalls } from '../../../support/scripted-source-calls.ts';
import { zohoConnection } from '../../../support/zoho-connection.ts';

const at = (iso: string) => instantFromMs(Date.parse(iso));
const EMPTY: ScriptedAnswer = { status: 400, body: '{"code":9280,"message":"No records"}' };
const row = (id: string) =>
  `{"ID":"${id}","Event_Info":{"ID":"77"},"Added_Time":"20-Nov-2026 10:00:00","Modified_Time":"21-Nov-2026 01:00:00"}`;
const page = (rows: readonly string[], cursor?: string): ScriptedAnswer => ({
  body: `{"code":3000,"data":[${rows.join(',')}]}`,
  headers: cursor === undefined ? {} : { record_cursor: cursor },
});
const refusedToken: ScriptedAnswer = { status: 401, body: '{"code":1030,"description":"Authorization Failure"}' };

interface World {
  readonly source: Source;
  readonly calls: ScriptedSourceCalls;
  readonly http: ScriptedHttp;
}

function open(
  answer: (request: HttpRequest, call: number) => ScriptedAnswer,
  connection: Connection = zohoConnection(),
  options: { readonly apiDomain?: string; readonly allowLoopback?: boolean } = {},
): World {
  const clock = new ManualClock();
  const calls = new ScriptedSourceCalls(clock, answer);
  const http = new ScriptedHttp((_request, call) => ({
    body: JSON.stringify({ access_token: `token-${call + 1}`, api_domain: options.apiDomain, expires_in: 3600 }),
  }));
  const source = zohoCreator.open(connection, {
    calls,
    http,
    tokens: new InMemoryTokenStore(clock),
    clock,
    randomness: new SeededRandomness(),
    allowLoopback: options.allowLoopback ?? false,
  });
  return { source, calls, http };
}

async function failureOf(run: Promise<unknown>): Promise<SourceFailure> {
  const error: unknown = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SourceFailure)) throw new Error('no source failure');
  return error;
}

const parametersOf = (request: HttpRequest | undefined) => Object.fromEntries(new URL(request?.url ?? '').searchParams);

describe('reading registrations', () => {
  it('asks the report with the token of the account', async () => {
    const { source, calls } = open(() => page([row('1')]));
    const read = await source.read({ stream: 'registrations' });
    expect(read.records).toEqual([{ id: '1', partition: '77', modified: at('2026-11-21T06:00:00Z'), body: row('1') }]);
    expect(read).toMatchObject({ rejected: [], order: 1, servedAt: at('2026-11-21T06:47:00Z') });
    expect(read.next).toBeUndefined();
    const [request] = calls.requests;
    expect(request?.url).toBe(
      'https://www.zohoapis.com/creator/v2.1/data/acme/event-desk/report/All_Registrations?max_records=1000&field_config=all',
    );
    expect(request).toMatchObject({
      method: 'GET',
      headers: { authorization: 'Zoho-oauthtoken token-1', accept: 'application/json' },
    });
    expect(request?.headers).not.toHaveProperty('record_cursor');
    expect(request?.headers).not.toHaveProperty('environment');
  });

  it('filters by event and by time in the zone and format of the application', async () => {
    const { source, calls } = open(() => EMPTY);
    await source.read({ stream: 'registrations', partition: '4433256000013547003', since: at('2026-11-21T06:40:00Z') });
    expect(parametersOf(calls.requests[0]).criteria).toBe(
      "(Added_Time >= '21-Nov-2026 01:40:00' || Modified_Time >= '21-Nov-2026 01:40:00') && Event_Info.ID == \"4433256000013547003\"",
    );
    expect(calls.requests[0]?.url).not.toContain('+');
  });

  it('asks for the fields it needs when only some are wanted', async () => {
    const registrations = { report: 'R', eventField: 'Event', fields: ['Email', 'ID'] };
    const { source, calls } = open(
      () => EMPTY,
      zohoConnection({ fieldConfig: 'custom', registrations, environment: 'stage' }),
    );
    await source.read({ stream: 'registrations' });
    expect(parametersOf(calls.requests[0])).toMatchObject({
      field_config: 'custom',
      fields: 'ID,Event,Added_Time,Modified_Time,Email',
    });
    expect(calls.requests[0]?.headers.environment).toBe('stage');
  });

  it('goes on as long as the header says so, however short the pages are', async () => {
    const answers = [page([row('1')], 'cursor-a'), page([], 'cursor-b'), page([row('2')])];
    const { source, calls } = open((_request, call) => answers[call] ?? EMPTY);
    const query = { stream: 'registrations', since: at('2026-11-21T06:40:00Z') };
    const first = await source.read(query);
    const second = await source.read(query, first.next);
    const third = await source.read(query, second.next);
    expect([first, second, third].map(({ records }) => records.map(({ id }) => id))).toEqual([['1'], [], ['2']]);
    expect(third.next).toBeUndefined();
    expect(calls.requests.map(({ headers }) => headers.record_cursor)).toEqual([undefined, 'cursor-a', 'cursor-b']);
    expect(parametersOf(calls.requests[1])).toEqual(parametersOf(calls.requests[0]));
  });

  it('leaves the parameters out beside a cursor where the connection says so', async () => {
    const { source, calls } = open(
      (_request, call) => page([row('1')], call === 0 ? 'c' : undefined),
      zohoConnection({ cursorParameters: 'omit' }),
    );
    const first = await source.read({ stream: 'registrations' });
    await source.read({ stream: 'registrations' }, first.next);
    expect(calls.requests.map(({ url }) => url.split('?')[1])).toEqual([
      'max_records=1000&field_config=all',
      undefined,
    ]);
  });

  it('refuses a page whose cursor leads to itself, and pages that never hold anything', async () => {
    const { source } = open(() => page([], 'same'));
    const first = await source.read({ stream: 'registrations' });
    expect((await failureOf(source.read({ stream: 'registrations' }, first.next))).code).toBe('source-malformed');

    const endless = open((_request, call) => page([], `cursor-${call}`)).source;
    const walk = async () => {
      let next: string | undefined;
      for (let pages = 0; pages < 20; pages++) next = (await endless.read({ stream: 'registrations' }, next)).next;
    };
    expect((await failureOf(walk())).code).toBe('source-malformed');
  });

  it('refuses a cursor that would not fit a header or a checkpoint', async () => {
    for (const cursor of ['a\r\nx: y', 'x'.repeat(1_000), 'é']) {
      const { source } = open(() => page([row('1')], cursor));
      expect((await failureOf(source.read({ stream: 'registrations' }))).code).toBe('source-malformed');
    }
    const { source } = open(() => page([row('1')], 'x'.repeat(980)));
    expect((await source.read({ stream: 'registrations' })).next?.length).toBeLessThanOrEqual(1_024);
  });

  it('restarts the query when it is handed a page token of another make', async () => {
    const { source, calls } = open(() => EMPTY);
    for (const token of ['', 'garbage', '0.0.a b', 'x.0.a']) {
      expect((await failureOf(source.read({ stream: 'registrations' }, token))).code).toBe('source-cursor-expired');
    }
    expect((await failureOf(source.read({ stream: 'registrations', ids: ['1'] }, '3.0.'))).code).toBe(
      'source-cursor-expired',
    );
    expect(calls.requests).toHaveLength(0);
  });

  it('takes "no records" for an empty last page, whatever the status', async () => {
    for (const [status, code] of [
      [400, '9220'],
      [200, '9280'],
      [404, '3100'],
    ] as const) {
      const { source } = open(() => ({ status, body: JSON.stringify({ code, message: 'none' }) }));
      const read = await source.read({ stream: 'registrations' });
      expect(read).toMatchObject({ records: [], rejected: [] });
      expect(read.next).toBeUndefined();
    }
  });

  it('lets no bad record stop the others', async () => {
    const rows = [row('1'), 'null', '{"ID":"2","a":"x\ny"}', '{"ID":"3"}', row('4')];
    const { source } = open(() => page(rows));
    const read = await source.read({ stream: 'registrations' });
    expect(read.records.map(({ id }) => id)).toEqual(['1', '4']);
    expect(read.rejected.map(({ reason }) => reason)).toEqual(['malformed', 'malformed', 'missing-partition']);
  });

  it.each([
    [{ body: '<html>ok</html>' }, 'source-malformed'],
    [{ body: '{"code":3000,"data":[{"ID":"1"}' }, 'source-malformed'],
    [{ body: '' }, 'source-malformed'],
    [{ status: 502, body: '<html>' }, 'source-unavailable'],
    [{ status: 200, body: '{"code":4000,"message":"limit"}' }, 'source-quota-spent'],
    [{ status: 429, body: '{"code":"2955"}', headers: { 'retry-after': '20' } }, 'source-rate-limited'],
    [{ status: 404, body: '{"code":2894}' }, 'source-misconfigured'],
  ] as const)('fails on %j as %s', async (answer, code) => {
    expect((await failureOf(open(() => answer).source.read({ stream: 'registrations' }))).code).toBe(code);
  });
});

describe('reading by ids', () => {
  const ids = Array.from({ length: 120 }, (_, index) => String(4433256000013600000n + BigInt(index)));

  it('goes through them fifty at a time, whatever else the query says', async () => {
    const { source, calls } = open((_request, call) => (call === 1 ? EMPTY : page([row('1')])));
    const query = { stream: 'registrations', partition: '77', since: at('2026-11-21T06:40:00Z'), ids };
    const found: string[] = [];
    let next: string | undefined;
    do {
      const read = await source.read(query, next);
      found.push(...read.records.map(({ id }) => id));
      next = read.next;
    } while (next !== undefined);
    expect(found).toEqual(['1', '1']);
    const asked = calls.requests.map((request) => parametersOf(request).criteria?.match(/\d+/g));
    expect(asked.map((some) => some?.length)).toEqual([50, 50, 20]);
    expect(asked.flat()).toEqual(ids);
  });

  it('finishes the pages of a chunk before the next chunk', async () => {
    const { source, calls } = open((_request, call) => page([row('1')], call === 0 ? 'cursor-a' : undefined));
    let next: string | undefined;
    do next = (await source.read({ stream: 'registrations', ids: ids.slice(0, 51) }, next)).next;
    while (next !== undefined);
    expect(calls.requests.map(({ headers }) => headers.record_cursor)).toEqual([undefined, 'cursor-a', undefined]);
  });

  it('sends nothing that is no id', async () => {
    const { source, calls } = open(() => EMPTY);
    const hostile = ['1 || ID != 0', '', '12345678901234567890', '1\n', '%2F', 'x'.repeat(10_000)];
    for (const id of hostile) {
      expect((await failureOf(source.read({ stream: 'registrations', ids: ['1', id] }))).code).toBe(
        'source-misconfigured',
      );
      expect((await failureOf(source.read({ stream: 'registrations', partition: id }))).code).toBe(
        'source-misconfigured',
      );
      expect(source.isPartitionId('registrations', id)).toBe(false);
    }
    expect((await failureOf(source.read({ stream: 'registrations', ids: [] }))).code).toBe('source-misconfigured');
    expect((await failureOf(source.read({ stream: 'orders' }))).code).toBe('source-misconfigured');
    expect(calls.requests).toHaveLength(0);
  });
});

describe('a namespace', () => {
  const connection = zohoConnection({}, { namespace: 'north' });

  it('stands before event ids that are read, and is taken off those asked for', async () => {
    const { source, calls } = open(() => page([row('1')]), connection);
    const read = await source.read({ stream: 'registrations', partition: 'north~77' });
    expect(read.records[0]?.partition).toBe('north~77');
    expect(parametersOf(calls.requests[0]).criteria).toBe('Event_Info.ID == "77"');
    expect((await failureOf(source.read({ stream: 'registrations', partition: '77' }))).code).toBe(
      'source-misconfigured',
    );
  });

  it('is part of what an event id must be', () => {
    const { source } = open(() => EMPTY, connection);
    expect(['north~77', '77', 'south~77', 'north~x'].map((id) => source.isPartitionId('registrations', id))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(open(() => EMPTY).source.isPartitionId('registrations', '4433256000013547003')).toBe(true);
    expect(open(() => EMPTY).source.isPartitionId('orders', '77')).toBe(false);
  });
});

describe('a refused token', () => {
  it('is replaced once, and the call sent again', async () => {
    const { source, calls, http } = open((_request, call) => (call === 0 ? refusedToken : page([row('1')])));
    const read = await source.read({ stream: 'registrations' });
    expect(read).toMatchObject({ records: [{ id: '1' }], order: 2 });
    expect(calls.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Zoho-oauthtoken token-1',
      'Zoho-oauthtoken token-2',
    ]);
    expect(http.requests).toHaveLength(2);
  });

  it('is a failure when the new one is refused too', async () => {
    const { source, calls, http } = open(() => refusedToken);
    const failure = await failureOf(source.read({ stream: 'registrations' }));
    expect([failure.code, failure.retryable, failure.vendorCode]).toEqual(['source-unauthorized', false, '1030']);
    expect([calls.requests.length, http.requests.length]).toEqual([2, 2]);
  });

  it('is not replaced when it lacks the scope', async () => {
    const { source, calls, http } = open(() => ({ status: 401, body: '{"code":2945}' }));
    expect((await failureOf(source.read({ stream: 'registrations' }))).code).toBe('source-misconfigured');
    expect([calls.requests.length, http.requests.length]).toEqual([1, 1]);
  });
});

describe('the API host', () => {
  const hostOf = async (
    settings: object,
    options: { readonly apiDomain?: string; readonly allowLoopback?: boolean },
  ) => {
    const { source, calls } = open(() => EMPTY, zohoConnection({ ...settings }), options);
    await source.read({ stream: 'registrations' });
    return new URL(calls.requests[0]?.url ?? '').origin;
  };

  it('is what the token response says, if it is one of the vendor', async () => {
    expect(await hostOf({}, { apiDomain: 'https://www.zohoapis.eu' })).toBe('https://www.zohoapis.eu');
    expect(await hostOf({}, { apiDomain: 'https://evil.example' })).toBe('https://www.zohoapis.com');
    expect(await hostOf({ dataCenter: 'CN' }, {})).toBe('https://www.zohoapis.com.cn');
  });

  it('is the configured one, whatever the token response says', async () => {
    expect(await hostOf({ apiHost: 'www.zohoapis.in' }, { apiDomain: 'https://www.zohoapis.eu' })).toBe(
      'https://www.zohoapis.in',
    );
  });

  it('is a loopback address only where that is allowed', async () => {
    const apiDomain = 'http://127.0.0.1:4000';
    expect(await hostOf({}, { apiDomain, allowLoopback: true })).toBe(apiDomain);
    expect(await hostOf({}, { apiDomain, allowLoopback: false })).toBe('https://www.zohoapis.com');
  });
});

describe('sweeping registrations', () => {
  const version = { id: '1', partition: '77', modified: at('2026-11-21T06:00:00Z') };

  it('asks for nothing but ids, events and times, a thousand a page', async () => {
    const registrations = { report: 'R', eventField: 'Event', fields: ['Email'] };
    const settings = { pageSize: 200, fieldConfig: 'custom', registrations };
    const { source, calls } = open(() => EMPTY, zohoConnection(settings));
    await source.sweep({ stream: 'registrations' });
    expect(parametersOf(calls.requests[0])).toEqual({
      max_records: '1000',
      field_config: 'custom',
      fields: 'ID,Event,Added_Time,Modified_Time',
    });
    await source.sweep({ stream: 'registrations', partition: '4433256000013547003' });
    expect(parametersOf(calls.requests[1]).criteria).toBe('Event.ID == "4433256000013547003"');
  });

  it('gives versions page by page, and leaves out what could not be applied', async () => {
    const bad = [
      row('2').replace('{"ID":"77"}', '""'),
      row('3').replace('21-Nov-2026 01:00:00', '2026-11-21'),
      row('x4'),
      '{"ID":}',
    ];
    const answers = [page([...bad, row('1')], 'c'), page([])];
    const { source, calls } = open((_request, call) => answers[call] ?? EMPTY);
    const first = await source.sweep({ stream: 'registrations' });
    expect(first).toEqual({
      versions: [version],
      next: expect.any(String),
      order: 1,
      servedAt: at('2026-11-21T06:47:00Z'),
    });
    const second = await source.sweep({ stream: 'registrations' }, first.next);
    expect(second).toEqual({ versions: [], order: 2, servedAt: at('2026-11-21T06:47:00Z') });
    expect(calls.requests[1]?.headers.record_cursor).toBe('c');
  });

  it('takes an answer that shows more than was asked for, and ids within the namespace', async () => {
    const more = row('1').replace('"ID":"1"', '"Notes":"\\"ID\\":\\"9\\"","ID":"1"');
    const { source } = open(() => page([more]), zohoConnection({}, { namespace: 'north' }));
    expect((await source.sweep({ stream: 'registrations' })).versions).toEqual([{ ...version, partition: 'north~77' }]);
  });

  it.each([
    ['ids', '"ID":"1",'],
    ['times', ',"Added_Time":"20-Nov-2026 10:00:00","Modified_Time":"21-Nov-2026 01:00:00"'],
  ])('does not take a view without %s for a source without records', async (_, part) => {
    const { source } = open(() => page([row('1').replace(part, '')]));
    const failure = await failureOf(source.sweep({ stream: 'registrations' }));
    expect(failure.code).toBe('source-misconfigured');
    expect(failure.message).toContain('set sweepFields to all');
  });

  it('goes on when a page holds nothing but records without an event', async () => {
    const { source } = open(() => page([row('1').replace('"Event_Info":{"ID":"77"},', '')]));
    expect((await source.sweep({ stream: 'registrations' })).versions).toEqual([]);
  });

  it('fails when asking for some fields is refused, and never asks for all of them by itself', async () => {
    const { source, calls } = open(() => ({ status: 400, body: '{"code":1060}' }));
    expect((await failureOf(source.sweep({ stream: 'registrations' }))).code).toBe('source-misconfigured');
    expect(calls.requests).toHaveLength(1);
  });

  it('reads whole records where the connection says so', async () => {
    const { source, calls } = open(() => page([row('1')]), zohoConnection({ sweepFields: 'all', pageSize: 500 }));
    expect((await source.sweep({ stream: 'registrations' })).versions).toEqual([version]);
    expect(parametersOf(calls.requests[0])).toEqual({ max_records: '500', field_config: 'all' });
  });

  it('refuses other streams and page tokens', async () => {
    const { source, calls } = open(() => EMPTY);
    expect((await failureOf(source.sweep({ stream: 'orders' }))).code).toBe('source-misconfigured');
    expect((await failureOf(source.sweep({ stream: 'registrations' }, 'x'))).code).toBe('source-cursor-expired');
    expect(calls.requests).toHaveLength(0);
  });
});

describe('listing events', () => {
  it('gives ids and titles, page by page', async () => {
    const answers = [
      page(
        ['{"ID":"4433256000013547003","Name":" Gala "}', '{"ID":8,"Name":{"display_value":"B"}}', '{"Name":"no id"}'],
        'c',
      ),
      page(['{"ID":"9"}']),
    ];
    const { source, calls } = open(
      (_request, call) => answers[call] ?? EMPTY,
      zohoConnection({}, { namespace: 'north' }),
    );
    const first = await source.listPartitions('registrations');
    const second = await source.listPartitions('registrations', first.next);
    expect(first.partitions).toEqual([
      { id: 'north~4433256000013547003', title: 'Gala' },
      { id: 'north~8', title: 'B' },
    ]);
    expect(second).toEqual({ partitions: [{ id: 'north~9' }] });
    expect(calls.requests[1]?.url).toContain('/report/All_Events?max_records=1000&field_config=all');
    expect(calls.requests[1]?.headers.record_cursor).toBe('c');
  });
});

describe('opening', () => {
  it('refuses settings that have problems', () => {
    expect(() => open(() => EMPTY, zohoConnection({ owner: 'a/b' }))).toThrow(SourceFailure);
  });
});
