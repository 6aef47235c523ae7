import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../lib/domain/instant.ts';
import { BASE, FIRST, SECOND, smallData } from './small-data.ts';
import { HandClock, withZoho } from './zoho-test-client.ts';

const EVERYTHING = '(Added_Time >= "01-Jan-2020 00:00:00" || Modified_Time >= "01-Jan-2020 00:00:00")';

describe('paging through a report', () => {
  it('gives every record once and to the byte, in five pages for the demo', () =>
    withZoho({}, async (client) => {
      const { ids, texts } = await client.walk({ criteria: EVERYTHING });
      const truth = new Map(client.simulator.control.records().map(({ id, body }) => [id, body]));
      const expected = Array.from({ length: 5 }, (_, page) => {
        const bodies = ids.slice(page * 1_000, (page + 1) * 1_000).map((id) => truth.get(id));
        return `{"code":3000,"data":[${bodies.join(',')}]}`;
      });
      expect(ids.toSorted()).toEqual([...truth.keys()].toSorted());
      expect(texts.map((text, page) => text === expected[page])).toEqual([true, true, true, true, true]);
    }));

  it('does not follow the modified time', () =>
    withZoho({ data: smallData(50) }, async (client) => {
      const { ids } = await client.walk();
      expect(ids).not.toEqual(ids.toSorted());
      client.simulator.control.setBehaviour({ order: 'id' });
      expect((await client.walk()).ids).toEqual(ids.toSorted());
    }));

  it('offers a cursor exactly when more records match', () =>
    withZoho({ data: smallData(201) }, async (client) => {
      const first = await client.get();
      expect(first.ids).toHaveLength(200);
      const last = await client.get({}, { cursor: first.next ?? '' });
      expect(last.ids).toHaveLength(1);
      expect(last.next).toBeUndefined();
      expect((await client.get({ criteria: `Event_Info.ID == "${FIRST}"` })).next).toBeUndefined();
    }));

  it.each([
    ['200', 200],
    ['500', 500],
    ['1000', 1000],
    ['1', 200],
    ['999', 200],
    ['50000', 200],
  ])('takes max_records=%s as %i', (maxRecords, expected) =>
    withZoho({ data: smallData(1_001) }, async (client) => {
      expect((await client.get({ max_records: maxRecords })).ids).toHaveLength(expected);
    }),
  );

  it('ignores from and limit: the first page comes for ever', () =>
    withZoho({ data: smallData(300) }, async (client) => {
      const first = await client.get();
      expect((await client.get({ from: '201', limit: '100' })).ids).toEqual(first.ids);
    }));

  it('shows edits and deletions made meanwhile, and need not show what was added', () =>
    withZoho({ data: smallData(400) }, async (client) => {
      const { control } = client.simulator;
      control.setBehaviour({ order: 'id' });
      const [edited, deleted] = ['4433256000014000300', '4433256000014000301'];
      control.duringWalk(1, [
        { do: 'edit', id: edited ?? '', fields: { Notes: 'edited meanwhile' } },
        { do: 'delete', id: deleted ?? '' },
        { do: 'insert', id: '4433256000013000000', event: SECOND },
      ]);
      const { ids, texts } = await client.walk({ max_records: '200' });
      expect(texts[1]).toContain('edited meanwhile');
      expect(ids).toHaveLength(399);
      expect(ids).not.toContain(deleted);
      expect(ids).not.toContain('4433256000013000000');
    }));

  it('binds a cursor to its query, whose parameters may be repeated or left out', () =>
    withZoho({ data: smallData(300) }, async (client) => {
      const query = { field_config: 'all', criteria: EVERYTHING };
      const cursor = (await client.get(query)).next ?? '';
      const repeated = await client.get(query, { cursor });
      const alone = await client.get({}, { cursor });
      expect(alone.text).toBe(repeated.text);
      expect(await client.get({ ...query, field_config: 'quick_view' }, { cursor })).toMatchObject({
        status: 400,
        code: 3710,
      });
      expect(await client.get({}, { cursor, report: 'All_Events' })).toMatchObject({ status: 400, code: 3710 });
    }));

  it('demands or refuses parameters beside a cursor when told to', () =>
    withZoho({ data: smallData(300) }, async (client) => {
      const query = { field_config: 'all' };
      const cursor = (await client.get(query)).next ?? '';
      client.simulator.control.setBehaviour({ cursorParameters: 'required' });
      expect((await client.get({}, { cursor })).status).toBe(400);
      expect((await client.get(query, { cursor })).status).toBe(200);
      client.simulator.control.setBehaviour({ cursorParameters: 'forbidden' });
      expect((await client.get({}, { cursor })).status).toBe(200);
      expect((await client.get(query, { cursor })).status).toBe(400);
    }));

  it('lets a cursor expire', async () => {
    const clock = new HandClock('2026-11-21T00:00:00Z');
    await withZoho({ data: smallData(300), clock: clock.read }, async (client) => {
      const cursor = (await client.get()).next ?? '';
      clock.ms += 599_999;
      expect((await client.get({}, { cursor })).status).toBe(200);
      clock.ms += 1;
      expect((await client.get({}, { cursor })).status).toBe(400);
      expect((await client.get({}, { cursor: 'nonsense' })).status).toBe(400);
    });
  });

  it('gives all of many records with one modified time', () =>
    withZoho({ data: smallData(0) }, async (client) => {
      const ids = client.simulator.control.bulkInsert(FIRST, 2_500, BASE);
      const walked = await client.walk({ criteria: 'Modified_Time == "01-Sep-2026 07:00:00"' });
      expect(walked.ids.toSorted()).toEqual([...ids].toSorted());
    }));
});

describe('an index that lags', () => {
  it('hides a write from queries for times, and from no others, until the lag is over', async () => {
    const clock = new HandClock('2026-11-21T00:00:00Z');
    const options = { data: smallData(2), clock: clock.read, indexLagMs: 8_000 };
    await withZoho(options, async (client) => {
      const { control } = client.simulator;
      const edited = '4433256000014000001';
      const inserted = control.insert({ event: FIRST });
      control.edit(edited);
      const recent = { criteria: 'Modified_Time >= "20-Nov-2026 00:00:00"' };
      expect(await client.get(recent)).toMatchObject({ status: 400, code: 9280 });
      expect((await client.get({ criteria: `ID == ${inserted}` })).ids).toEqual([inserted]);
      clock.ms += 8_000;
      expect((await client.get(recent)).ids.toSorted()).toEqual([inserted, edited].toSorted());
    });
  });

  it('still finds a record by the time it had before', async () => {
    const clock = new HandClock('2026-11-21T00:00:00Z');
    await withZoho({ data: smallData(1), clock: clock.read, indexLagMs: 8_000 }, async (client) => {
      client.simulator.control.edit('4433256000014000000', { modified: instantFromMs(clock.ms) });
      const before = { criteria: 'Modified_Time < "02-Sep-2026"' };
      expect((await client.get(before)).ids).toHaveLength(1);
      clock.ms += 8_000;
      expect((await client.get(before)).code).toBe(9280);
    });
  });
});
