import { describe, expect, it } from 'vitest';
import { connectionKey } from '../../lib/domain/cache-layout.ts';
import { instantFromMs } from '../../lib/domain/instant.ts';
import { type CacheHarness, costOf } from './cache-harness.ts';
import { A, applied, applying, LAYOUT, metaOf, record, records } from './cache-requests.ts';

const at = (second: number) => instantFromMs(1_800_000_000_000 + second * 1_000);

export function cacheMeta(harness: () => CacheHarness): void {
  describe('what readers are told', () => {
    it('tells count, times, whether it is loaded, what is pending and applied', async () => {
      const meta = { lastSync: at(0), watermark: at(-60), loaded: true, pending: true, applied: 7 };
      await harness().cache.apply(applying({ records: records(A, 3, 5), meta }));
      expect(await harness().hash(metaOf(A))).toEqual({
        count: '3',
        last_sync: '2027-01-15T08:00:00.000Z',
        watermark: '2027-01-15T07:59:00.000Z',
        loaded: 'true',
        pending: 'true',
        applied: '7',
        layout: '1',
      });
    });

    it('keeps what a later request does not say', async () => {
      const { cache } = harness();
      await cache.apply(
        applying({ meta: { lastSync: at(0), watermark: at(-60), loaded: true, pending: true, applied: 7 } }),
      );
      await cache.apply(applying({ meta: { lastSync: at(9), loaded: true, pending: false } }));
      const told = {
        last_sync: '2027-01-15T08:00:09.000Z',
        watermark: '2027-01-15T07:59:00.000Z',
        applied: '7',
        pending: 'false',
      };
      expect(await harness().hash(metaOf(A))).toMatchObject(told);
    });

    it('never tells a lower delta than before', async () => {
      const { cache } = harness();
      for (const delta of [9, 10, 8]) {
        await cache.apply(applying({ meta: { lastSync: at(delta), loaded: true, pending: false, applied: delta } }));
      }
      expect(await harness().hash(metaOf(A))).toMatchObject({ applied: '10' });
    });

    it('writes nothing when there is nothing new to tell', async () => {
      const { cache } = harness();
      await cache.apply(applying({ records: records(A, 3, 5) }));
      const before = await harness().hash(metaOf(A));
      const meta = { lastSync: at(500), loaded: true, pending: false };
      const reply = await cache.apply(applying({ records: records(A, 3, 5), meta, create: false }));
      expect(reply).toMatchObject(applied({ unchanged: 3, commands: 3 }));
      expect(await harness().hash(metaOf(A))).toEqual(before);
    });
  });

  describe('cycles', () => {
    const cycle = (number: number) => ({
      cycle: number,
      at: '2026-11-21T06:47:00.000Z',
      streams: {
        registrations: { watermark: '2026-11-21T06:46:00.000Z', loaded: true, pending: { '443': 12 }, more: false },
        leads: { loaded: false, pending: {}, more: true },
      },
    });

    it('publishes a cycle and tells what was there before, for one command', async () => {
      const { cache } = harness();
      expect(await cache.publishCycle('main', cycle(1))).toBeUndefined();
      const before = await harness().billed();
      expect(await cache.publishCycle('main', cycle(2))).toEqual(cycle(1));
      expect((await harness().billed()) - before).toBe(1);
      expect(await cache.publishCycle('other', cycle(3))).toBeUndefined();
    });

    it('takes an unreadable cycle for none', async () => {
      await harness().setText(connectionKey('main'), '{"cycle":"many"}');
      expect(await harness().cache.publishCycle('main', cycle(1))).toBeUndefined();
    });
  });

  describe('count', () => {
    it('counts what readers find, for one command', async () => {
      await harness().cache.apply(applying({ records: [record(A, '1', 1), record(A, '2', 1)] }));
      const before = await harness().billed();
      expect(await harness().cache.count(A, LAYOUT)).toBe(2);
      expect(costOf(harness(), (await harness().billed()) - before, 1)).toBe(1);
    });
  });
}
