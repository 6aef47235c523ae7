import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { FIRST, SECOND, smallData } from './small-data.ts';
import { HandClock, withZoho, type ZohoTestClient } from './zoho-test-client.ts';

const ANSWER = z
  .object({ ids: z.array(z.string()), records: z.array(z.unknown()), events: z.array(z.unknown()), body: z.string() })
  .partial()
  .loose();
const RECORD = '4433256000014000000';

async function control(client: ZohoTestClient, route: string, body?: unknown) {
  const [method = 'GET', path = ''] = route.split(' ');
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`${client.simulator.url}/_control/${path}`, init);
  return { status: response.status, body: ANSWER.parse(await response.json()) };
}

describe('the control', () => {
  it('moves a record to another event and stamps it', async () => {
    const clock = new HandClock('2026-11-21T00:00:00Z');
    await withZoho({ data: smallData(2), clock: clock.read }, async (client) => {
      client.simulator.control.move(RECORD, SECOND);
      expect(client.simulator.control.record(RECORD)).toMatchObject({ event: SECOND, modified: clock.ms });
      const { ids } = await client.get({ criteria: `Event_Info.ID == "${SECOND}"` });
      expect(ids).toContain(RECORD);
    });
  });

  it('deletes without a trace', () =>
    withZoho({ data: smallData(2) }, async (client) => {
      client.simulator.control.delete(RECORD);
      expect((await client.walk()).ids).toEqual(['4433256000014000001']);
      expect(() => client.simulator.control.delete(RECORD)).toThrow(RangeError);
    }));

  it('adds and removes an event, with its registrations', () =>
    withZoho({ data: smallData(4) }, async (client) => {
      const added = client.simulator.control.addEvent({ title: 'Third' });
      expect((await client.get({}, { report: 'All_Events' })).ids.toSorted()).toEqual(
        [FIRST, SECOND, added].toSorted(),
      );
      client.simulator.control.removeEvent(FIRST);
      expect((await client.walk()).ids.toSorted()).toEqual(['4433256000014000001', '4433256000014000003']);
    }));

  it('sends a record without its modified time, and any raw text for a field', () =>
    withZoho({ data: smallData(1) }, async (client) => {
      client.simulator.control.omitField(RECORD);
      expect((await client.get({ field_config: 'all' })).text).not.toContain('Modified_Time');
      client.simulator.control.edit(RECORD, { omit: [], raw: { ID: RECORD, Modified_Time: 'null' } });
      const { text } = await client.get({ field_config: 'all' });
      expect(text).toContain(`"ID":${RECORD},`);
      expect(text).toContain('"Modified_Time":null');
    }));

  it('changes 25 records over 5 events', () =>
    withZoho({}, async (client) => {
      const before = new Map(client.simulator.control.records().map(({ id, body }) => [id, body]));
      const ids = client.simulator.control.changeBatch({ changes: 25, events: 5 });
      const changed = client.simulator.control.records().filter(({ id, body }) => before.get(id) !== body);
      expect(changed.map(({ id }) => id).toSorted()).toEqual([...ids].toSorted());
      expect(changed).toHaveLength(25);
      expect(new Set(changed.map(({ event }) => event)).size).toBe(5);
    }));

  it('edits at random until it is stopped', () =>
    withZoho({ data: smallData(10) }, async (client) => {
      const truth = () => JSON.stringify(client.simulator.control.records());
      const before = truth();
      client.simulator.control.startEditing({ everyMs: 5 });
      await expect.poll(() => client.simulator.control.records().length).toBeGreaterThan(10);
      client.simulator.control.stopEditing();
      const after = truth();
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(after).not.toBe(before);
      expect(truth()).toBe(after);
    }));

  it('counts calls by kind and remembers them without tokens', () =>
    withZoho({ data: smallData(1) }, async (client) => {
      await client.get({ criteria: 'ID == 1' });
      await client.get({}, { report: 'All_Events' });
      const { control: hand } = client.simulator;
      expect(hand.calls()).toEqual({ token: 1, registrations: 1, events: 1, other: 0 });
      expect(hand.requests().map(({ kind, code }) => [kind, code])).toEqual([
        ['token', null],
        ['registrations', 9280],
        ['events', 3000],
      ]);
      expect(JSON.stringify(hand.requests())).not.toMatch(/1000\./);
      hand.resetCalls();
      expect(hand.calls()).toEqual({ token: 0, registrations: 0, events: 0, other: 0 });
    }));

  it('makes a connection that points to the server itself', () =>
    withZoho({ limits: { perDay: 250 }, superAdminZone: 'UTC' }, async ({ simulator }) => {
      expect(simulator.connection('demo')).toMatchObject({
        id: 'demo',
        source: 'zoho-creator',
        settings: {
          apiHost: simulator.url,
          accountsHost: simulator.url,
          timeZone: 'Asia/Ho_Chi_Minh',
          callsPerDay: 250,
          quotaZone: 'UTC',
        },
      });
    }));
});

describe('the routes of the control', () => {
  it('edit records and tell the truth', () =>
    withZoho({ data: smallData(1) }, async (client) => {
      const edits = [
        { do: 'edit', id: RECORD, modified: '2026-10-01T00:00:00Z', fields: { Notes: 'by route' } },
        { do: 'bulk-insert', event: SECOND, count: 3 },
      ];
      const edited = await control(client, 'POST edits', { edits });
      expect(edited.body.ids).toHaveLength(4);
      const one = await control(client, `GET records/${RECORD}`);
      expect(one.body).toMatchObject({ id: RECORD, event: FIRST, modified: '2026-10-01T00:00:00.000Z' });
      expect((await client.get({ field_config: 'all', criteria: `ID == ${RECORD}` })).text).toContain(one.body.body);
      expect((await control(client, `GET records?event=${SECOND}`)).body.records).toHaveLength(3);
      expect((await control(client, 'GET events')).body.events).toHaveLength(2);
    }));

  it('set faults, hooks, clock, limits and behaviour', () =>
    withZoho({ data: smallData(1) }, async (client) => {
      await control(client, 'POST faults', { fault: '200-4000' });
      expect((await client.get()).code).toBe(4000);
      await control(client, 'POST hooks', { afterPage: 1, edits: [{ do: 'delete', id: RECORD }] });
      expect((await client.get()).ids).toEqual([RECORD]);
      expect((await client.get()).code).toBe(9220);
      expect((await control(client, 'PUT clock', { skewMs: 60_000 })).body.skewMs).toBe(60_000);
      expect((await control(client, 'PUT clock', { stepMs: -30_000 })).body.skewMs).toBe(30_000);
      expect((await control(client, 'PUT limits', { perDay: 5, dayUsed: 5 })).body).toMatchObject({
        perDay: 5,
        dayUsed: 5,
      });
      expect((await client.get()).code).toBe(4000);
      expect((await control(client, 'PUT behaviour', { codeAs: 'string' })).body.codeAs).toBe('string');
    }));

  it('say what is wrong with a request', () =>
    withZoho({ data: smallData(1) }, async (client) => {
      expect((await control(client, 'POST faults', { fault: 'nonsense' })).status).toBe(400);
      expect((await control(client, 'POST edits', { edits: [{ do: 'delete', id: '1' }] })).status).toBe(400);
      expect((await control(client, 'GET records/1')).status).toBe(404);
      expect((await control(client, 'GET nonsense')).status).toBe(404);
    }));
});
