import { describe, expect, it } from 'vitest';
import { type Instant, instantFromMs } from '../../../../lib/domain/instant.ts';
import type { HttpRequest } from '../../../../lib/ports/http.ts';
import { accountCheck } from '../../../../lib/sources/kit/account-source.ts';
import { checkAccount } from '../../../../lib/sources/zoho-creator/check.ts';
import { DateCodec, type DateFormat } from '../../../../lib/sources/zoho-creator/date-codec.ts';
import { zohoAccounts } from '../../../../lib/sources/zoho-creator/zoho-accounts.ts';
import { InMemoryTokenStore } from '../../../fakes/in-memory-token-store.ts';
import { ManualClock, TEST_START } from '../../../fakes/manual-clock.ts';
import { SeededRandomness } from '../../../fakes/seeded-randomness.ts';
import { ScriptedHttp } from '../../../support/scripted-http.ts';
import { type ScriptedAnswer, ScriptedSourceCalls } from '../../../support/scripted-source-calls.ts';
import { zohoConnection } from '../../../support/zoho-connection.ts';

interface Behaviour {
  readonly now: Instant;
  /** How the application writes values. */
  readonly format: DateFormat;
  /** How it reads literals. */
  readonly literalFormat: DateFormat;
  readonly zone: string;
  readonly lookup: RegExp;
  /** What a filter in a form it does not know finds. */
  readonly unknownFinds: 'nothing' | 'everything' | 'an error';
  readonly hidden: readonly string[];
  /** Whether modified times are empty, as of records that nobody has edited. */
  readonly unedited?: boolean;
  readonly registrations: number;
  readonly cursor: 'none' | 'alone' | 'with-parameters';
  readonly token: string;
  /** What is answered when only some fields are asked for: those, everything, something else. */
  readonly someFields: 'those' | 'everything' | ScriptedAnswer;
  readonly failWith?: ScriptedAnswer;
}

const USUAL: Behaviour = {
  now: TEST_START,
  format: 'dd-MMM-yyyy',
  literalFormat: 'dd-MMM-yyyy',
  zone: 'America/New_York',
  lookup: /Event_Info\.ID == "(\d+)"/,
  unknownFinds: 'nothing',
  hidden: [],
  registrations: 3,
  cursor: 'none',
  someFields: 'those',
  token: '{"access_token":"t","expires_in":3600}',
};

const NONE: ScriptedAnswer = { status: 400, body: '{"code":9280}' };
const REFUSED: ScriptedAnswer = { status: 400, body: '{"code":1060,"message":"Invalid criteria"}' };
const HOUR_MS = 3_600_000;

/** The few rules of Creator's filters that the check asks about. */
class SmallCreator {
  readonly #rules: Behaviour;
  readonly #codec: DateCodec;
  readonly #now: Instant;

  constructor(rules: Behaviour) {
    this.#rules = rules;
    this.#now = rules.now;
    this.#codec = new DateCodec(rules.format, rules.zone);
  }

  answer(request: HttpRequest): ScriptedAnswer {
    const url = new URL(request.url);
    const criteria = url.searchParams.get('criteria') ?? '';
    if (request.headers.record_cursor !== undefined) return this.#secondPage(url.search);
    if (this.#rules.failWith && criteria !== '') return this.#rules.failWith;
    if (url.pathname.endsWith('All_Events'))
      return { body: '{"code":3000,"data":[{"ID":"77","Name":"Gala"},{"ID":"78","Name":"Ball"}]}' };
    const wanted = this.#numbers().map((number) => this.#matches(number, criteria));
    if (wanted.includes('refused')) return REFUSED;
    const rows = this.#numbers().filter((_number, index) => wanted[index] === true);
    if (rows.length === 0) return NONE;
    const fields = url.searchParams.get('fields')?.split(',');
    if (fields !== undefined && typeof this.#rules.someFields === 'object') return this.#rules.someFields;
    const shown = this.#rules.someFields === 'those' ? fields : undefined;
    const headers = this.#rules.cursor === 'none' || criteria !== '' ? {} : { record_cursor: 'c' };
    return { body: `{"code":3000,"data":[${rows.map((number) => this.#row(number, shown)).join(',')}]}`, headers };
  }

  #numbers(): readonly number[] {
    return Array.from({ length: this.#rules.registrations }, (_, index) => index + 1);
  }

  #secondPage(search: string): ScriptedAnswer {
    const isGood = (this.#rules.cursor === 'alone') === (search === '');
    return isGood
      ? { body: '{"code":3000,"data":[]}' }
      : { status: 400, body: '{"code":3710,"message":"Invalid cursor"}' };
  }

  #row(number: number, shown?: readonly string[]): string {
    const row = {
      ID: `443325600001360000${number}`,
      Event_Info: { ID: String(76 + number) },
      Added_Time: this.#codec.write(this.#modified(number)),
      Modified_Time: this.#rules.unedited ? '' : this.#codec.write(this.#modified(number)),
      Name: 'Jane Doe',
    };
    return JSON.stringify(
      Object.fromEntries(
        Object.entries(row).filter(
          ([name]) => !this.#rules.hidden.includes(name) && (shown === undefined || shown.includes(name)),
        ),
      ),
    );
  }

  /** Number 1 is the oldest. */
  #modified(number: number) {
    return instantFromMs(this.#now - (10 - number) * HOUR_MS);
  }

  #matches(number: number, criteria: string): boolean | 'refused' {
    const ids = [...criteria.matchAll(/(?<![.\w])ID == (\d+)/g)].map((match) => match[1]);
    if (ids.length > 0 && !ids.includes(`443325600001360000${number}`)) return false;
    return this.#meetsTime(number, criteria) && this.#meetsLookup(number, criteria);
  }

  #meetsTime(number: number, criteria: string): boolean {
    const literal = /Modified_Time >= '([^']*)'/.exec(criteria)?.[1];
    if (literal === undefined) return true;
    const bound = new DateCodec(this.#rules.literalFormat, this.#rules.zone).parse(literal, this.#now);
    return bound !== undefined && this.#modified(number) - (this.#modified(number) % 1000) >= bound;
  }

  #meetsLookup(number: number, criteria: string): boolean | 'refused' {
    if (!criteria.includes('Event_Info')) return true;
    const event = this.#rules.lookup.exec(criteria)?.[1];
    if (event !== undefined) return event === String(76 + number);
    return this.#rules.unknownFinds === 'an error' ? 'refused' : this.#rules.unknownFinds === 'everything';
  }
}

async function check(behaviour: Partial<Behaviour> = {}, settings: Readonly<Record<string, unknown>> = {}) {
  const rules = { ...USUAL, ...behaviour };
  const clock = new ManualClock(rules.now);
  const creator = new SmallCreator(rules);
  const calls = new ScriptedSourceCalls(clock, (request) => creator.answer(request));
  const findings = await accountCheck(zohoAccounts, checkAccount).check(zohoConnection(settings), {
    calls,
    http: new ScriptedHttp(() => ({ body: rules.token })),
    tokens: new InMemoryTokenStore(clock),
    clock,
    randomness: new SeededRandomness(),
    allowLoopback: false,
  });
  const notOk = Object.fromEntries(
    findings
      .filter(({ status }) => status !== 'ok')
      .map(({ check: name, status, message }) => [name, `${status}: ${message}`]),
  );
  return { findings, notOk, calls };
}

describe('the onboarding check', () => {
  it('finds nothing wrong with a connection that works, in few calls', async () => {
    const { findings, notOk, calls } = await check();
    expect(notOk).toEqual({});
    expect(findings.map((finding) => finding.check)).toEqual([
      'token',
      'registrations-report',
      'record-id',
      'event-field',
      'modified-time',
      'date-format',
      'time-zone',
      'id-criterion',
      'modified-criterion',
      'lookup-criterion',
      'sweep-fields',
      'events-report',
    ]);
    expect(calls.requests.length).toBeLessThanOrEqual(9);
    expect(calls.requests.every(({ url }) => url.includes('max_records=200'))).toBe(true);
  });

  it('says when the account gives no token', async () => {
    const { notOk, calls } = await check({ token: '{"error":"invalid_code"}' });
    expect(Object.keys(notOk)).toEqual(['token']);
    expect(calls.requests).toHaveLength(0);
  });

  it('names the format that values and filters are really in', async () => {
    const { notOk } = await check({ format: 'yyyy-MM-dd', literalFormat: 'yyyy-MM-dd' });
    expect(Object.keys(notOk)).toEqual(['date-format', 'modified-criterion']);
    expect(notOk['date-format']).toContain('Set dateFormat to yyyy-MM-dd.');
    expect(notOk['modified-criterion']).toContain('Set dateFormat to yyyy-MM-dd.');
  });

  it('sees that filters take another format than values have, although nothing is refused', async () => {
    const { notOk } = await check({ literalFormat: 'MM/dd/yyyy' });
    expect(notOk['modified-criterion']).toContain('Set dateFormat to MM/dd/yyyy.');
  });

  it('sees that day and month are swapped, although the record is found', async () => {
    // 3 November is written 11/03 and read as 11 March: a bound that lies before every record.
    const now = instantFromMs(Date.parse('2026-11-03T20:00:00Z'));
    const swapped = { format: 'MM/dd/yyyy', literalFormat: 'dd/MM/yyyy', now } as const;
    const { notOk } = await check(swapped, { dateFormat: 'MM/dd/yyyy' });
    expect(notOk['modified-criterion']).toContain('Set dateFormat to dd/MM/yyyy.');
  });

  it('says when no format finds the record again', async () => {
    const { notOk } = await check({ failWith: { status: 400, body: '{"code":1060}' } });
    expect(notOk['id-criterion']).toMatch(/^failed: .*not found by its ID/);
  });

  it.each([
    ['nothing', /Event_Info == "(\d+)"/, 'quoted'],
    ['an error', /Event_Info == (\d+)/, 'bare'],
    ['everything', /Event_Info == (\d+)/, 'bare'],
  ] as const)(
    'names the form of the event filter when the configured one finds %s',
    async (unknownFinds, lookup, form) => {
      const { notOk } = await check({ unknownFinds, lookup });
      expect(Object.keys(notOk)).toEqual(['lookup-criterion']);
      expect(notOk['lookup-criterion']).toContain(`Set lookupCriterion to ${form}.`);
    },
  );

  it('sees a zone that puts changes into the future', async () => {
    const { notOk } = await check({ zone: 'Asia/Kolkata' });
    expect(notOk['time-zone']).toMatch(/^failed: .*lies east of America\/New_York/);
  });

  it('sees fields that the report does not show', async () => {
    expect((await check({ hidden: ['Modified_Time'] })).notOk['modified-time']).toMatch(/^failed: .*Modified_Time/);
    expect((await check({ hidden: ['Added_Time'] })).notOk['modified-time']).toMatch(/^warning: .*Added_Time/);
    expect((await check({ hidden: ['Event_Info'] })).notOk['event-field']).toMatch(/^failed: .*eventField/);
    expect((await check({ hidden: ['ID'] })).notOk['record-id']).toMatch(/^failed/);
  });

  it('takes records without a modified time for unedited ones where the field is shown', async () => {
    const { notOk } = await check({ unedited: true });
    expect(notOk['modified-time']).toMatch(/^warning: Modified_Time is empty in every record/);
  });

  it('tries whether parameters may accompany a cursor', async () => {
    expect((await check({ cursor: 'with-parameters' })).notOk).toEqual({});
    expect((await check({ cursor: 'alone' })).notOk['cursor-parameters']).toContain('Set cursorParameters to omit.');
    expect((await check({ cursor: 'alone' }, { cursorParameters: 'omit' })).notOk).toEqual({});
  });

  it.each([
    ['refused', REFUSED],
    ['answered with another view', { body: '{"code":3000,"data":[{"ID":"4433256000013600001","Name":"Jane Doe"}]}' }],
    ['answered with no answer', { body: '<html></html>' }],
  ])('says what to set when asking for versions alone is %s', async (_, someFields) => {
    const { notOk } = await check({ someFields });
    expect(Object.keys(notOk)).toEqual(['sweep-fields']);
    expect(notOk['sweep-fields']).toMatch(/^failed: .*Set sweepFields to all\./);
  });

  it('is content with more fields than were asked for, and asks for nothing when sweeps read whole records', async () => {
    expect((await check({ someFields: 'everything' })).notOk).toEqual({});
    const whole = await check({ someFields: REFUSED }, { sweepFields: 'all' });
    expect(whole.notOk).toEqual({});
    expect(whole.calls.requests.some(({ url }) => url.includes('custom'))).toBe(false);
  });

  it('asks for a record when there is none to try with', async () => {
    const { notOk } = await check({ registrations: 0 });
    expect(notOk['registrations-report']).toMatch(/^warning: .*Add one/);
  });

  it('reports a failing source as a finding and does not throw', async () => {
    const { notOk } = await check({ failWith: { status: 429, body: '{"code":2955}' } });
    expect(notOk['id-criterion']).toMatch(/^failed: Could not be probed/);
  });

  it('never shows what is in a record', async () => {
    for (const behaviour of [
      {},
      { format: 'yyyy-MM-dd' },
      { hidden: ['Event_Info'] },
      { zone: 'Asia/Kolkata' },
    ] as const) {
      expect(JSON.stringify((await check(behaviour)).findings)).not.toContain('Jane');
    }
  });
});
