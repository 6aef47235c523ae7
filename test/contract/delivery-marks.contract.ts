import { expect, it } from 'vitest';
import type { DeliveryMarks } from '../../lib/ports/delivery-marks.ts';
import type { Workbench } from '../support/table-backends.ts';

const DAY_MS = 86_400_000;

/** What every memory of deliveries does, whatever is behind it. */
export function deliveryMarksContract(make: () => Workbench<DeliveryMarks>): void {
  const setUp = () => {
    const { open, connection, clock } = make();
    return { marks: open(), other: open('process-2'), connection, clock };
  };

  it('lets a delivery be claimed once, by whichever process', async () => {
    const { marks, other, connection } = setUp();
    expect(await marks.claim(connection, 'a')).toBe(true);
    expect(await marks.claim(connection, 'a')).toBe(false);
    expect(await other.claim(connection, 'a')).toBe(false);
  });

  it('gives two who claim at the same moment one of them', async () => {
    const { marks, other, connection } = setUp();
    const claimed = await Promise.all([marks.claim(connection, 'a'), other.claim(connection, 'a')]);
    expect(claimed.filter(Boolean)).toEqual([true]);
  });

  it('tells deliveries and connections apart', async () => {
    const { marks, connection } = setUp();
    await marks.claim(connection, 'a');
    expect(await marks.claim(connection, 'b')).toBe(true);
    expect(await marks.claim(`${connection}-2`, 'a')).toBe(true);
  });

  it('takes names of any length and any characters', async () => {
    const { marks, connection } = setUp();
    const long = '#/é"'.repeat(2_000);
    expect(await marks.claim(connection, long)).toBe(true);
    expect(await marks.claim(connection, long)).toBe(false);
    expect(await marks.claim(connection, `${long}x`)).toBe(true);
  });

  it('lets a delivery be claimed anew once its mark was taken back', async () => {
    const { marks, other, connection } = setUp();
    await marks.claim(connection, 'a');
    await marks.release(connection, 'a');
    expect(await other.claim(connection, 'a')).toBe(true);
    await marks.release(connection, 'never-seen');
  });

  it('forgets a delivery after two days', async () => {
    const { marks, connection, clock } = setUp();
    await marks.claim(connection, 'a');
    clock.advance(2 * DAY_MS - 1_000);
    expect(await marks.claim(connection, 'a')).toBe(false);
    clock.advance(1_000);
    expect(await marks.claim(connection, 'a')).toBe(true);
    expect(await marks.claim(connection, 'a')).toBe(false);
  });
}
