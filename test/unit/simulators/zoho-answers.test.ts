import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../lib/domain/instant.ts';
import { FIRST, smallData } from './small-data.ts';
import { HandClock, withZoho } from './zoho-test-client.ts';

describe('answers of the records API', () => {
  it('says 9220 for a report without records and 9280 when nothing matches', () =>
    withZoho({ data: 'empty' }, async (client) => {
      const { control } = client.simulator;
      expect(await client.get()).toMatchObject({ status: 400, code: 9220 });
      control.insert({ event: control.addEvent({ title: 'One' }) });
      const nothing = { criteria: 'ID == 1' };
      expect(await client.get(nothing)).toMatchObject({ status: 400, code: 9280 });
      control.setBehaviour({ noMatchStatus: 200, codeAs: 'string' });
      expect(await client.get(nothing)).toMatchObject({ status: 200, code: '9280' });
    }));

  it('says 9280, as if nothing had changed, for a date in a wrong format', () =>
    withZoho({ data: smallData(3) }, async (client) => {
      const wrong = await client.get({ criteria: 'Modified_Time >= "2020-01-01T00:00:00Z"' });
      expect(wrong).toMatchObject({ status: 400, code: 9280 });
      expect((await client.get({ criteria: 'Modified_Time >= "01-Jan-2020 00:00:00"' })).ids).toHaveLength(3);
    }));

  it.each([
    ['criteria it cannot read', { criteria: 'Created_Time = "01-Jan-2020"' }, 400, 1060],
    ['an unknown field', { criteria: 'Created_Time >= "01-Jan-2020"' }, 400, 1060],
    ['an unknown view', { field_config: 'id_only' }, 400, 1060],
    ['an unknown field to show', { field_config: 'custom', fields: 'ID,Nothing' }, 400, 1060],
    ['custom without fields', { field_config: 'custom' }, 401, 1000],
    ['a parameter to sort by', { sortBy: 'Modified_Time' }, 401, 1060],
  ])('refuses %s', (_, parameters: Record<string, string>, status, code) =>
    withZoho({ data: smallData(1) }, async (client) => {
      expect(await client.get(parameters)).toMatchObject({ status, code });
    }),
  );

  it('refuses a parameter given twice', () =>
    withZoho({ data: smallData(1) }, async (client) => {
      const twice: [string, string][] = [
        ['field_config', 'all'],
        ['field_config', 'all'],
      ];
      expect(await client.get(twice)).toMatchObject({ status: 401, code: 1000 });
    }));

  it.each([
    ['owner', { owner: 'nobody' }, 404, 1040],
    ['app', { app: 'nothing' }, 404, 2892],
    ['report', { report: 'Nothing' }, 404, 2894],
    ['path', { path: '/api/v2/tidemark/event-registrations/report/All_Registrations' }, 404, 1000],
    ['method', { method: 'POST' }, 405, 1020],
    ['token', { authorization: 'Zoho-oauthtoken 1000.wrong' }, 401, 1030],
    ['scheme', { authorization: 'Bearer 1000.wrong' }, 401, 1030],
  ])('tells a wrong %s', (_, call, status, code) =>
    withZoho({ data: smallData(1) }, async (client) => {
      expect(await client.get({}, call)).toMatchObject({ status, code });
    }),
  );
});

describe('views of a record', () => {
  it('quick_view, the default, loses half the fields, the modified time among them', () =>
    withZoho({ data: smallData(1) }, async (client) => {
      const shown = async (fieldConfig: string) =>
        Object.keys((await client.get({ field_config: fieldConfig })).data[0] ?? {});
      const all = await shown('all');
      const quick = await shown('quick_view');
      const byDefault = Object.keys((await client.get()).data[0] ?? {});
      expect(all).toHaveLength(19);
      expect(quick).toHaveLength(9);
      expect(quick).not.toContain('Modified_Time');
      expect(byDefault).toEqual(quick);
      expect(await shown('detail_view')).toHaveLength(17);
    }));

  it('custom shows the id and the fields it names', () =>
    withZoho({ data: smallData(1) }, async (client) => {
      const { data } = await client.get({ field_config: 'custom', fields: 'Modified_Time,Event_Info' });
      expect(Object.keys(data[0] ?? {})).toEqual(['Event_Info', 'ID', 'Modified_Time']);
    }));

  it('custom shows the same fields on every page, with the query repeated or not', () =>
    withZoho({ data: smallData(450) }, async (client) => {
      const query = { field_config: 'custom', fields: 'ID,Added_Time' };
      const first = await client.get(query);
      const second = await client.get(query, { cursor: first.next ?? '' });
      const third = await client.get({}, { cursor: second.next ?? '' });
      expect(third.next).toBeUndefined();
      const rows = [first, second, third].flatMap(({ data }) => data);
      expect(new Set(rows.map((row) => Object.keys(row).join()))).toEqual(new Set(['ID,Added_Time']));
      expect(new Set(rows.map((row) => row.ID)).size).toBe(450);
    }));

  it('custom may be unknown to an account: refused, or taken for everything', () =>
    withZoho({ data: smallData(1), behaviour: { customView: 'refused' } }, async (client) => {
      const query = { field_config: 'custom', fields: 'ID' };
      expect(await client.get(query)).toMatchObject({ status: 400, code: 1060 });
      client.simulator.control.setBehaviour({ customView: 'everything' });
      expect(Object.keys((await client.get(query)).data[0] ?? {})).toHaveLength(19);
    }));

  it('a field that the report hides cannot be asked for', () =>
    withZoho({ data: smallData(1), behaviour: { hiddenFields: ['Modified_Time'] } }, async (client) => {
      const answer = await client.get({ field_config: 'custom', fields: 'ID,Modified_Time' });
      expect(answer).toMatchObject({ status: 400, code: 1060 });
    }));

  it('a field that the report hides is in no view', () =>
    withZoho({ data: smallData(1), behaviour: { hiddenFields: ['Modified_Time'] } }, async (client) => {
      const { text } = await client.get({ field_config: 'all' });
      expect(text).not.toContain('Modified_Time');
      expect(client.simulator.control.records()[0]?.body).not.toContain('Modified_Time');
    }));

  it('a lookup is an object, a multi-lookup a list of them, choices a list of texts', () =>
    withZoho({}, async (client) => {
      const { text } = await client.get({ field_config: 'all', criteria: `Event_Info.ID == "${FIRST}"` });
      expect(text).toMatch(/"Event_Info":\{"ID":"4433256000013547003","display_value":"/);
      expect(text).toMatch(/"Sessions":\[\{"ID":"\d{19}","display_value":"/);
      expect(text).toMatch(/"Interests":\["/);
    }));
});

describe('the clock of the server', () => {
  it('is wrong by what it is told, in the Date header and in modified times', async () => {
    const clock = new HandClock('2026-11-21T00:00:00Z');
    await withZoho({ data: smallData(1), clock: clock.read, skewMs: 300_000 }, async (client) => {
      const { control } = client.simulator;
      control.edit('4433256000014000000');
      const { headers, text } = await client.get({ field_config: 'all' });
      expect(headers.get('date')).toBe('Sat, 21 Nov 2026 00:05:00 GMT');
      expect(text).toContain('"Modified_Time":"21-Nov-2026 07:05:00"');
      control.stepClock(-600_000);
      expect((await client.get()).headers.get('date')).toBe('Fri, 20 Nov 2026 23:55:00 GMT');
    });
  });

  it('stamps whole seconds', async () => {
    const clock = new HandClock('2026-11-21T00:00:00.999Z');
    await withZoho({ data: smallData(1), clock: clock.read }, async (client) => {
      client.simulator.control.edit('4433256000014000000');
      expect(client.simulator.control.records()[0]?.modified).toBe(instantFromMs(Date.parse('2026-11-21T00:00:00Z')));
    });
  });
});
