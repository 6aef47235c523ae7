import { describe, expect, it } from 'vitest';
import { resolveStage } from '../../../../infra/stage-config.ts';
import { type BudgetState, EMPTY_BUDGET, reserveCall } from '../../../../lib/domain/budget.ts';
import { instantFromMs } from '../../../../lib/domain/instant.ts';
import type { Connection } from '../../../../lib/ports/connections.ts';
import { rental } from '../../../../lib/sources/rental/rental.ts';
import { parseAccount } from '../../../../lib/sources/rental/settings.ts';

const needed = { timeZone: 'Asia/Kolkata', historyFrom: '2024-01-01' };

function connection(settings: object, secrets: Connection['secrets'] = {}): Connection {
  return { id: 'main', source: 'rental', enabled: true, policy: {}, settings: { ...needed, ...settings }, secrets };
}

function problems(settings: object, secrets?: Connection['secrets'], allowLoopback = false) {
  return rental.problems(connection(settings, secrets), { allowLoopback });
}

describe('the settings of a rental connection', () => {
  it('need a time zone and the first day of the history, and no more', () => {
    expect(problems({})).toEqual([]);
    expect(problems({ timeZone: undefined, historyFrom: undefined })).toEqual([
      expect.stringMatching(/^settings\.timeZone: /),
      expect.stringMatching(/^settings\.historyFrom: /),
    ]);
  });

  it('have defaults for everything else', () => {
    const parsed = parseAccount(connection({}), false);
    expect(parsed).toMatchObject({
      outcome: 'valid',
      account: {
        origin: 'https://rentalapi.rootments.live',
        settings: {
          bookings: { path: '/api/GetBooking/GetBookingSummary', windowDays: 7, futureDays: 180, leadType: 'booking' },
          returns: { path: '/api/Reports/GetReturnReport', windowDays: 7, futureDays: 1, leadType: 'return' },
          storesPath: '/api/Location/LocationList',
          timeoutSeconds: 600,
          phone: { countryCode: '91', nationalDigits: 10 },
        },
      },
    });
    expect(rental.limits(connection({}))).toEqual({
      perMinute: 60,
      concurrent: 8,
      perDay: 20_000,
      resetZone: 'Asia/Kolkata',
      callTimeoutMs: 30_000,
    });
  });

  it('let the planner ask for the stores while every worker waits for a slow answer', () => {
    const { slow, scheduled } = resolveStage({ stage: 'test' }).laneConcurrency;
    const limits = rental.limits(connection({}));
    const now = instantFromMs(Date.UTC(2026, 10, 21));
    const ask = (state: BudgetState, holder: string) =>
      reserveCall(state, limits, { priority: 'scheduled', holder, now });
    let state = EMPTY_BUDGET;
    for (let worker = 0; worker < slow + scheduled; worker += 1) {
      const decision = ask(state, `worker-${worker}`);
      if (decision.outcome === 'granted') state = decision.state;
    }
    expect(Object.keys(state.underWay)).toHaveLength(slow + scheduled);
    expect(ask(state, 'planner').outcome).toBe('granted');
  });

  it.each([
    ['timeZone', { timeZone: 'Kolkata' }],
    ['historyFrom', { historyFrom: '2024-02-30' }],
    ['timeoutSeconds', { timeoutSeconds: 841 }],
    ['bookings.windowDays', { bookings: { windowDays: 0 } }],
    ['returns.futureDays', { returns: { futureDays: 0 } }],
    ['bookings.path', { bookings: { path: 'https://evil.example/x' } }],
    ['storesPath', { storesPath: '/api/../secret?x=1' }],
    ['contentType', { contentType: 'text/html' }],
    ['phone.countryCode', { phone: { countryCode: '+91' } }],
    ['fields.bookingNo', { fields: { bookingNo: '{}' } }],
    ['colour', { colour: 'blue' }],
  ])('are told what is wrong with %s', (name, settings) => {
    const [problem = '', ...others] = problems(settings);
    expect(problem).toContain(name.split('.').at(-1));
    expect(others).toEqual([]);
  });

  it.each([
    'http://rentalapi.rootments.live',
    'https://rentalapi.rootments.live@evil.example',
    'rentalapi.rootments.live/api',
    'rentalapi.rootments.live:8443',
    '169.254.169.254',
    'https://[::1]',
    'localhost',
    'http://127.0.0.1:8080',
    'ftp://a.example',
    '',
  ])('name no host that a token must not be sent to: %j', (host) => {
    expect(problems({ host })).toEqual([expect.stringMatching(/^settings\.host: /)]);
  });

  it('may name this machine on the local host alone', () => {
    expect(problems({ host: 'http://127.0.0.1:8080' }, {}, true)).toEqual([]);
    expect(problems({ host: 'rental.example.com' })).toEqual([]);
  });

  it('tell what is wrong with the token without showing it', () => {
    const [problem = ''] = problems({}, { token: 'two words' });
    expect(problem).toMatch(/^secrets\.token: /);
    expect(problem).not.toContain('two words');
  });
});
