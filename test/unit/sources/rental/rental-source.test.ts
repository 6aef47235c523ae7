import { describe, expect, it } from 'vitest';
import { EPOCH } from '../../../../lib/domain/instant.ts';
import { stampOf } from '../../../../lib/domain/record.ts';
import { compareStamps, parseStamp } from '../../../../lib/domain/stamp.ts';
import type { Source, VersionPage } from '../../../../lib/ports/source.ts';
import { FIELD_CASES, WRAPPERS } from '../../../simulators/rental/rental-behaviour.ts';
import { present } from '../../../support/present.ts';
import { RECENTLY, RentalWorld, readAll, recordsOf } from './rental-world.ts';

const AT_7 = { stream: 'bookings', partition: '7', ...RECENTLY };

describe('a delta of one location', () => {
  it('asks for its days, all fields as strings, and for nothing else', async () => {
    const world = new RentalWorld();
    await world.source({ userName: 'sync', userID: '17', months: '3' }).read(AT_7);
    const request = present(world.vendor.requests.at(-1), 'a request');
    expect(request).toMatchObject({ method: 'POST', timeoutMs: 600_000 });
    expect(request.url).toMatch(/\/api\/GetBooking\/GetBookingSummary$/);
    expect(request.headers).toEqual({ accept: 'application/json', 'content-type': 'application/json' });
    expect(JSON.parse(request.body ?? '')).toEqual({
      bookingNo: '',
      dateFrom: '2026-11-14',
      dateTo: '2027-05-20',
      userName: 'sync',
      months: '3',
      fromLocation: '',
      userID: '17',
      locationID: '7',
    });
  });

  it('asks as the settings say', async () => {
    const world = new RentalWorld();
    world.vendor.behaviour = { ...world.vendor.behaviour, token: 'abc', contentType: 'application/json-patch+json' };
    const settings = {
      contentType: 'json-patch+json',
      timeoutSeconds: 90,
      locationParameter: 'fromLocation',
      returns: { windowDays: 2, futureDays: 3 },
    };
    await world.source(settings, { token: 'abc' }).read({ ...AT_7, stream: 'returns' });
    expect(world.vendor.requests.at(-1)).toMatchObject({ timeoutMs: 90_000, headers: { authorization: 'Bearer abc' } });
    const days = { dateFrom: '2026-11-19', dateTo: '2026-11-24' };
    expect(world.asked()).toEqual({ ...days, userName: 'tidemark', fromLocation: '7' });
  });

  it('has the rows of its location and its days, to the byte', async () => {
    const world = new RentalWorld();
    world.add('bookings', { location: '7' });
    world.add('bookings', { location: '7', day: '2027-05-20' });
    world.add('bookings', { location: '7', day: '2026-11-13' });
    world.add('bookings', { location: '3' });
    const records = recordsOf(await readAll(world.source(), AT_7));
    expect(records.map(({ id, partition }) => [id, partition])).toEqual([
      ['Z7-1001:booking', '7'],
      ['Z7-1002:booking', '7'],
    ]);
    expect(records[0]?.body).toContain(': 4433256000013547003');
    expect(records[0]?.body).toContain(': 1500.00');
  });

  it.each(WRAPPERS.flatMap((wrapper) => FIELD_CASES.map((fieldCase) => [wrapper, fieldCase] as const)))(
    'is understood in the wrapper %s with names in %s case',
    async (wrapper, fieldCase) => {
      const world = new RentalWorld();
      world.vendor.behaviour = { ...world.vendor.behaviour, shapes: { '*': { wrapper, fieldCase } } };
      world.add('bookings', { location: '7' });
      const records = recordsOf(await readAll(world.source(), AT_7));
      expect(records.map(({ id }) => id)).toEqual(['Z7-1001:booking']);
      expect(await world.source().listPartitions('bookings')).toEqual({
        partitions: [
          { id: '3', title: 'Store 3' },
          { id: '7', title: 'Store 7' },
          { id: '12', title: 'Store 12' },
        ],
      });
    },
  );

  it.each(['status-false', 'status-false-empty', 'dataset-null'] as const)(
    'whose answer is %s fails, and is never taken for empty',
    async (trouble) => {
      const world = new RentalWorld();
      const shapes = { 'bookings/7': { trouble, errorDescription: 'No data found' } };
      world.vendor.behaviour = { ...world.vendor.behaviour, shapes };
      await expect(world.source().read(AT_7)).rejects.toMatchObject({ code: 'source-unavailable' });
      await expect(world.source().read({ ...AT_7, partition: '3' })).resolves.toMatchObject({ records: [] });
      const told = world.source({ emptyTexts: ['no data FOUND'] });
      await expect(told.read(AT_7)).resolves.toMatchObject({ records: [], rejected: [] });
    },
  );

  it('fails when every row of the answer is of another location', async () => {
    const world = new RentalWorld();
    world.vendor.behaviour = { ...world.vendor.behaviour, heedsLocation: false };
    world.add('bookings', { location: '3' });
    await expect(world.source().read(AT_7)).rejects.toMatchObject({ code: 'source-misconfigured' });
    world.add('bookings', { location: '7' });
    const records = recordsOf(await readAll(world.source(), AT_7));
    expect(records.map(({ id }) => id)).toEqual(['Z7-1002:booking']);
  });
});

describe('a version of a record', () => {
  async function versionsOf(change: (world: RentalWorld, key: string) => void) {
    const world = new RentalWorld();
    const key = world.add('bookings', { location: '7' });
    const source = world.source();
    const before = await source.read(AT_7);
    change(world, key);
    const after = await source.read(AT_7);
    const [older, newer] = [before, after].map((page) => {
      const record = present(page.records[0], 'a record');
      return { id: record.id, stamp: parseStamp(stampOf(record, page.order, page.servedAt)) };
    });
    return { older: present(older, 'a version'), newer: present(newer, 'a version') };
  }

  it('with other contents is newer when it was read later', async () => {
    const { older, newer } = await versionsOf((world, key) => world.vendor.store.change(key, { remarks: 'paid' }));
    expect(compareStamps(present(newer.stamp, 'a stamp'), present(older.stamp, 'a stamp'))).toBe('newer');
    expect(compareStamps(present(older.stamp, 'a stamp'), present(newer.stamp, 'a stamp'))).toBe('older');
  });

  it('with the same contents is the same, whenever it was read', async () => {
    const { older, newer } = await versionsOf((world) => world.clock.advance(600_000));
    expect(compareStamps(present(newer.stamp, 'a stamp'), present(older.stamp, 'a stamp'))).toBe('same');
  });

  it('with an earlier day is newer all the same', async () => {
    const { older, newer } = await versionsOf((world, key) => world.vendor.store.change(key, {}, '2026-11-15'));
    expect(compareStamps(present(newer.stamp, 'a stamp'), present(older.stamp, 'a stamp'))).toBe('newer');
  });

  it('with a corrected phone number and name is one of the same record', async () => {
    const corrected = { phoneNo: '+91 91234 56789', customerName: 'Anu M.' };
    const { older, newer } = await versionsOf((world, key) => world.vendor.store.change(key, corrected));
    expect(newer.id).toBe(older.id);
    expect(newer.stamp?.hash).not.toBe(older.stamp?.hash);
  });
});

describe('rows of one answer', () => {
  it('under one id are one record, the same in whatever order they come', async () => {
    const bodies = new Set<string>();
    for (const order of [
      ['first', 'second'],
      ['second', 'first'],
    ]) {
      const world = new RentalWorld();
      for (const remarks of order) {
        world.add('bookings', {
          location: '7',
          values: { bookingNo: 'B1', invoiceID: 1, phoneNo: '1', customerName: '', remarks },
        });
      }
      const { records, rejected } = await world.source().read(AT_7);
      expect(records).toHaveLength(1);
      expect(rejected).toMatchObject([{ reason: 'bad-id', id: expect.stringMatching(/^hash:/) }]);
      bodies.add(present(records[0], 'a record').body);
    }
    expect(bodies.size).toBe(1);
  });

  it('that are equal to the byte are one, and no bad one', async () => {
    const world = new RentalWorld();
    const values = { bookingNo: 'B1', invoiceID: 1, phoneNo: '1', customerName: '' };
    world.add('bookings', { location: '7', values });
    world.add('bookings', { location: '7', values });
    expect(await world.source().read(AT_7)).toMatchObject({ records: [{ id: 'B1:booking' }], rejected: [] });
  });

  it('that cannot be a record are rejected one by one', async () => {
    const world = new RentalWorld();
    world.add('bookings', { location: '7', values: { bookingNo: '', phoneNo: '' } });
    world.add('bookings', { location: '7', values: { bookingNo: '#1' } });
    world.add('bookings', { location: '7', values: { remarks: { raw: 'oops' } } });
    world.add('bookings', { location: '7' });
    const { records, rejected } = await world.source().read(AT_7);
    expect(records.map(({ id }) => id)).toEqual(['Z7-1004:booking']);
    expect(rejected.map(({ reason }) => reason)).toEqual(['missing-id', 'bad-id', 'malformed']);
  });
});

describe('a read of everything', () => {
  it('goes from the first day to the last, and sees what no delta does', async () => {
    const world = new RentalWorld();
    world.add('bookings', { location: '7', day: '2026-01-05' });
    const source = world.source({ historyFrom: '2026-01-01', daysPerCall: 31 });
    expect(recordsOf(await readAll(source, AT_7))).toEqual([]);
    const pages = await readAll(source, { stream: 'bookings', partition: '7' });
    expect(pages).toHaveLength(12);
    expect(recordsOf(pages).map(({ id }) => id)).toEqual(['Z7-1001:booking']);
  });
});

describe('a sweep', () => {
  it('says of what the next delta reads that it may have been changed after it, and of the rest that it was not', async () => {
    const world = new RentalWorld();
    world.add('bookings', { location: '7', day: '2026-11-13' });
    world.add('bookings', { location: '7', day: '2026-11-14' });
    const source = world.source();
    const [delta] = await readAll(source, AT_7);
    const versions = [];
    let next: string | undefined;
    do {
      const page: VersionPage = await source.sweep({ stream: 'bookings', partition: '7' }, next);
      versions.push(...page.versions);
      next = page.next;
    } while (next !== undefined);
    const recent = versions.filter(({ modified }) => modified > world.clock.now());
    expect(recent.map(({ id }) => id)).toEqual(delta?.records.map(({ id }) => id));
    const older = versions.filter(({ modified }) => modified <= world.clock.now());
    expect(older).toEqual([{ id: 'Z7-1001:booking', partition: '7', modified: EPOCH }]);
  });
});

describe('a query by ids', () => {
  it('asks for one booking number after the other, at the location that knows them', async () => {
    const world = new RentalWorld();
    for (let count = 0; count < 3; count += 1) world.add('bookings', { location: '7', day: '2026-02-01' });
    const ids = ['Z7-1003:booking', 'Z7-1001:booking', 'gone:booking'];
    const pages = await readAll(world.source(), { stream: 'bookings', partition: '7', ids });
    expect(recordsOf(pages).map(({ id }) => id)).toEqual(['Z7-1001:booking', 'Z7-1003:booking']);
    expect(world.vendor.calls).toBe(3);
    expect(world.asked()).toEqual({ bookingNo: 'gone', userName: 'tidemark', locationID: '7' });
    expect(world.vendor.requests.map(({ timeoutMs }) => timeoutMs)).toEqual([60_000, 60_000, 60_000]);
  });

  it('spans all days where numbers need them', async () => {
    const world = new RentalWorld();
    world.vendor.behaviour = { ...world.vendor.behaviour, numberNeedsDays: true };
    world.add('bookings', { location: '7', day: '2026-02-01' });
    const query = { stream: 'bookings', partition: '7', ids: ['Z7-1001:booking'] };
    expect(recordsOf(await readAll(world.source(), query))).toEqual([]);
    expect(recordsOf(await readAll(world.source({ bookingNoDates: 'all' }), query))).toHaveLength(1);
  });

  it('reads everything instead where that is the shorter way, or the only one', async () => {
    const world = new RentalWorld();
    const values = { bookingNo: '', customerName: 'Anu', phoneNo: '98765 43210' };
    world.add('bookings', { location: '7', day: '2026-02-01', values });
    const everything = { stream: 'bookings', partition: '7' };
    const [walkIn] = recordsOf(await readAll(world.source(), everything));
    const found = await readAll(world.source(), { ...everything, ids: [present(walkIn, 'a record').id] });
    expect(recordsOf(found)).toEqual([walkIn]);
    for (let count = 0; count < 40; count += 1) world.add('bookings', { location: '7' });
    const ids = recordsOf(await readAll(world.source(), everything)).map(({ id }) => id);
    const before = world.vendor.calls;
    const many = await readAll(world.source(), { ...everything, ids: ids.slice(5) });
    expect(recordsOf(many).map(({ id }) => id)).toEqual(ids.slice(5));
    expect(world.vendor.calls - before).toBe(found.length);
  });

  it('says nothing of a row whose location nobody knows', async () => {
    const world = new RentalWorld();
    world.vendor.behaviour = { ...world.vendor.behaviour, namesLocation: false };
    world.add('bookings', { location: '7' });
    const ids = ['Z7-1001:booking'];
    const lost = await world.source().read({ stream: 'bookings', ids });
    expect(lost).toMatchObject({ records: [], rejected: [{ id: ids[0], reason: 'missing-partition' }] });
    const known = await world.source().read({ stream: 'bookings', ids, partition: '7' });
    expect(known.records).toMatchObject([{ id: ids[0], partition: '7' }]);
  });

  it('refuses what no record can be called', async () => {
    const source = new RentalWorld().source();
    const refused = { code: 'source-misconfigured' };
    await expect(source.read({ stream: 'bookings', ids: ['nonsense'] })).rejects.toMatchObject(refused);
    await expect(source.read({ stream: 'bookings', partition: 'a b' })).rejects.toMatchObject(refused);
    await expect(source.read({ stream: 'bookings', ids: ['B1:x'] }, '9')).rejects.toMatchObject({
      code: 'source-cursor-expired',
    });
  });
});

describe('a list of stores whose rows show no id', () => {
  it.each([
    ['when the stores are read', (source: Source) => source.read({ stream: 'stores' })],
    ['when locations are discovered', (source: Source) => source.listPartitions('bookings')],
  ])('is an error %s, which says what is there and what to set', async (_when, ask) => {
    const asked = ask(new RentalWorld().source({ fields: { storeId: 'shopKey' } }));
    await expect(asked).rejects.toMatchObject({
      code: 'source-misconfigured',
      message: expect.stringMatching(/set fields\.storeId .*Its fields are .*locationID/i),
    });
  });
});
