import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DeletionLog } from '../../lib/ports/deletion-log.ts';
import type { Workbench } from '../support/table-backends.ts';

const HOUR_MS = 3_600_000;

/** What every log of deletions does, whatever is behind it. */
export function deletionLogContract(make: () => Workbench<DeletionLog>): void {
  it('counts removals in until they would pass what is allowed', async () => {
    const { open, connection } = make();
    expect(await open().lastDay(connection)).toBe(0);
    expect(await open().reserve(connection, 60, 100)).toBe(true);
    expect(await open().reserve(connection, 41, 100)).toBe(false);
    expect(await open().lastDay(connection)).toBe(60);
    expect(await open().reserve(connection, 40, 100)).toBe(true);
    expect(await open().reserve(connection, 1, 100)).toBe(false);
    expect(await open().reserve(connection, 1, 101)).toBe(true);
    expect(await open().lastDay(connection)).toBe(101);
  });

  it('forgets an hour a day later', async () => {
    const { open, connection, clock } = make();
    const log = open();
    clock.advance(HOUR_MS - (clock.now() % HOUR_MS));
    await log.reserve(connection, 10, 100);
    clock.advance(HOUR_MS);
    await log.reserve(connection, 20, 100);
    clock.advance(23 * HOUR_MS - 1);
    expect(await log.lastDay(connection)).toBe(30);
    clock.advance(1);
    expect(await log.lastDay(connection)).toBe(20);
    expect(await log.reserve(connection, 81, 100)).toBe(false);
    expect(await log.reserve(connection, 80, 100)).toBe(true);
    clock.advance(24 * HOUR_MS);
    expect(await log.lastDay(connection)).toBe(0);
  });

  it('counts everybody who reserves at once, and refuses who does not fit', async () => {
    const { open, connection } = make();
    const reservations = Array.from({ length: 8 }, () => open().reserve(connection, 10, 55));
    const counted = (await Promise.all(reservations)).filter((reserved) => reserved);
    expect(counted).toHaveLength(5);
    expect(await open().lastDay(connection)).toBe(50);
  });

  it('keeps connections apart', async () => {
    const { open, connection } = make();
    await open().reserve(connection, 10, 10);
    expect(await open().reserve(`${connection}-b`, 10, 10)).toBe(true);
  });

  it('never counts more of any day than was allowed', async () => {
    const step = fc.record({ removals: fc.nat(30), afterMinutes: fc.nat(300) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { open, connection, clock } = make();
        const granted: { readonly at: number; readonly removals: number }[] = [];
        for (const { removals, afterMinutes } of steps) {
          clock.advance(afterMinutes * 60_000);
          if (await open().reserve(connection, removals, 50)) granted.push({ at: clock.now(), removals });
          // By whole hours, the day is at most 24 and at least 23 hours long.
          const since = clock.now() - 23 * HOUR_MS;
          const sum = granted.filter(({ at }) => at > since).reduce((total, each) => total + each.removals, 0);
          expect(sum).toBeLessThanOrEqual(50);
          expect(await open().lastDay(connection)).toBeGreaterThanOrEqual(sum);
        }
      }),
      { numRuns: 15 },
    );
  });
}
