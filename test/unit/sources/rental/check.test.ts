import { describe, expect, it } from 'vitest';
import type { CheckFinding } from '../../../../lib/ports/source.ts';
import { RentalWorld } from './rental-world.ts';

function filled(): RentalWorld {
  const world = new RentalWorld();
  for (const location of ['3', '7']) {
    for (let count = 0; count < 3; count += 1) {
      world.add('bookings', { location });
      world.add('returns', { location });
    }
  }
  return world;
}

async function findings(world: RentalWorld, settings: object = {}): Promise<ReadonlyMap<string, CheckFinding>> {
  const found = await world.check({ ...settings });
  return new Map(found.map((finding) => [finding.check, finding]));
}

describe('the check of a rental connection', () => {
  it('finds all well in seven calls, and says how many rows two locations show', async () => {
    const world = filled();
    const found = await findings(world);
    expect([...found.values()].filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(world.vendor.calls).toBe(7);
    expect(found.get('stores')?.message).toContain('3 locations');
    expect(found.get('bookings')?.message).toMatch(/location 3 shows 3 rows, location 7 3\.$/);
    expect(found.get('returns-days')?.message).toContain('returndate');
    for (const { timeoutMs = 0 } of world.vendor.requests) expect(timeoutMs).toBeLessThanOrEqual(30_000);
  });

  it('says of an API that fails what it said, and goes on with the others', async () => {
    const world = filled();
    const shapes = { bookings: { trouble: 'status-false', errorDescription: 'Invalid userID' } } as const;
    world.vendor.behaviour = { ...world.vendor.behaviour, shapes };
    const found = await findings(world);
    expect(found.get('bookings')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('Invalid userID'),
    });
    expect(found.get('returns')?.status).toBe('ok');
  });

  it('notices that the location is not heeded', async () => {
    const world = filled();
    world.vendor.behaviour = { ...world.vendor.behaviour, heedsLocation: false };
    const found = await findings(world);
    expect(found.get('bookings-location')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('locationParameter'),
    });
  });

  it('notices rows that name another location, and is content when they are not to be believed', async () => {
    const world = filled();
    const mistaken = { fields: { location: 'remarks' } };
    expect((await findings(world, mistaken)).get('stores')?.status).toBe('ok');
    expect((await findings(world, mistaken)).get('bookings-location')?.status).toBe('failed');
    expect((await findings(world, { ...mistaken, rowsNameLocation: false })).get('bookings-location')?.status).toBe(
      'ok',
    );
  });

  it('notices that a booking is not found by its number alone', async () => {
    const world = filled();
    world.vendor.behaviour = { ...world.vendor.behaviour, numberNeedsDays: true };
    const message = expect.stringContaining('bookingNoDates');
    expect((await findings(world)).get('bookings-by-number')).toMatchObject({ status: 'failed', message });
    expect((await findings(world, { bookingNoDates: 'all' })).get('bookings-by-number')?.status).toBe('ok');
  });

  it('notices rows without booking numbers', async () => {
    const world = filled();
    expect((await findings(world, { fields: { bookingNo: 'orderNo' } })).get('bookings-booking-number')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('fields.bookingNo'),
    });
    world.add('bookings', { location: '3', values: { bookingNo: '' } });
    expect((await findings(world)).get('bookings-booking-number')?.status).toBe('warning');
  });

  it('warns when nothing can be told for want of rows, or of stores', async () => {
    const found = await findings(new RentalWorld());
    expect(found.get('bookings')).toMatchObject({ status: 'warning' });
    const world = new RentalWorld();
    for (const { id } of world.vendor.store.locations()) world.vendor.store.removeLocation(id);
    expect((await findings(world)).get('stores')).toMatchObject({ status: 'warning' });
  });

  it('notices locations without a usable id, and a clock that is days away', async () => {
    const world = filled();
    world.vendor.store.setLocation({ id: 'a b', name: 'Store', values: {} });
    expect((await findings(world)).get('stores')?.message).toContain('1 of 4 locations');
    world.vendor.skewMs = 3 * 86_400_000;
    expect((await findings(world)).get('time-zone')?.status).toBe('failed');
  });

  it('shows no values of records', async () => {
    const world = filled();
    world.vendor.behaviour = { ...world.vendor.behaviour, heedsLocation: false, numberNeedsDays: true };
    const said = [...(await findings(world)).values()].map(({ message }) => message).join('\n');
    expect(said).not.toMatch(/Customer|Z3-|Z7-|900000/);
  });
});
