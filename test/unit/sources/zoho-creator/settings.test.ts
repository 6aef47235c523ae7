import { describe, expect, it } from 'vitest';
import { zohoCreator } from '../../../../lib/sources/zoho-creator/zoho-creator.ts';
import { ZOHO_SECRETS, ZOHO_SETTINGS, zohoConnection } from '../../../support/zoho-connection.ts';

const problems = (settings: Readonly<Record<string, unknown>>, allowLoopback = false) =>
  zohoCreator.problems(zohoConnection(settings), { allowLoopback });

describe('the settings of a Zoho Creator connection', () => {
  it('are complete with the few that have no default', () => {
    expect(problems({})).toEqual([]);
    expect(zohoCreator.limits(zohoConnection())).toEqual({
      perMinute: 45,
      concurrent: 5,
      perDay: 250,
      resetZone: 'America/New_York',
      callTimeoutMs: 30_000,
    });
  });

  it('set the limits', () => {
    const limits = zohoCreator.limits(
      zohoConnection({ callsPerDay: 1000, callsPerMinute: 20, concurrentCalls: 2, quotaZone: 'Asia/Kolkata' }),
    );
    expect(limits).toMatchObject({ perMinute: 20, concurrent: 2, perDay: 1000, resetZone: 'Asia/Kolkata' });
  });

  it('have all their problems named at once, and no secret in them', () => {
    const connection = zohoConnection(
      {
        dataCenter: 'XX',
        owner: '../x',
        registrations: { report: 'a"b', eventField: 'Event Info' },
        timeZone: 'Mars/Olympus',
        dateFormat: 'yy',
        callsPerMinute: 51,
        concurrentCalls: 7,
        pageSize: 300,
        fieldConfig: 'custom',
        apiHost: 'evil.example',
        accountsHost: 'http://127.0.0.1:4000',
        colour: 'red',
      },
      { secrets: { clientId: '', clientSecret: 'top secret value' } },
    );
    const found = zohoCreator.problems(connection, { allowLoopback: false });
    const named = found.map((problem) => problem.slice(0, problem.indexOf(':')));
    expect(named.toSorted()).toEqual(
      [
        'secrets.clientId',
        'secrets.clientSecret',
        'secrets.refreshToken',
        'settings',
        'settings.accountsHost',
        'settings.apiHost',
        'settings.callsPerMinute',
        'settings.concurrentCalls',
        'settings.dataCenter',
        'settings.dateFormat',
        'settings.owner',
        'settings.pageSize',
        'settings.registrations.eventField',
        'settings.registrations.fields',
        'settings.registrations.report',
        'settings.timeZone',
      ].toSorted(),
    );
    expect(found.join()).not.toContain('top secret value');
    expect(found.join()).not.toContain('evil.example');
  });

  it('need the fields when only some are to be read', () => {
    const custom = { fieldConfig: 'custom' };
    expect(problems(custom)).toEqual(['settings.registrations.fields: is needed when fieldConfig is "custom"']);
    expect(problems({ ...custom, registrations: { report: 'R', fields: ['Email'] } })).toEqual([]);
  });

  it('name no fields where all are read all the same', () => {
    const registrations = { report: 'R', fields: ['Email'] };
    for (const fieldConfig of [undefined, 'all', 'quick_view']) {
      expect(problems({ fieldConfig, registrations })).toEqual([
        'settings.registrations.fields: is read with fieldConfig "custom" only: set that too, or leave it out',
      ]);
    }
  });

  it.each(['America/New_York', 'UTC'])('take the zone %s', (timeZone) => {
    expect(problems({ timeZone })).toEqual([]);
  });

  it.each(['+05:30', 'EST+5', '', 5])('refuse the zone %s', (timeZone) => {
    expect(problems({ timeZone })).toHaveLength(1);
  });

  it('take loopback hosts only where that is allowed', () => {
    const settings = { apiHost: 'http://127.0.0.1:4000', accountsHost: 'http://127.0.0.1:4000' };
    expect(problems(settings, true)).toEqual([]);
    expect(problems(settings, false)).toHaveLength(2);
    expect(problems({ apiHost: 'https://www.zohoapis.eu', accountsHost: 'accounts.zoho.eu' })).toEqual([]);
    expect(problems({ apiHost: 'accounts.zoho.eu' })).toHaveLength(1);
    expect(problems({ apiHost: 5 })).toHaveLength(1);
  });

  it('may stand beside secrets of other purposes', () => {
    const secrets = { ...ZOHO_SECRETS, another: 'x' };
    expect(zohoCreator.problems(zohoConnection(ZOHO_SETTINGS, { secrets }), { allowLoopback: false })).toEqual([]);
  });
});
