import { describe, expect, it } from 'vitest';
import type { DriftCounts, DriftReport } from '../../../../lib/domain/drift.ts';
import { auditItem, partitionKey } from '../../../../lib/domain/names.ts';
import type { HttpRequest } from '../../../../lib/ports/http.ts';
import { newRunId } from '../../../../lib/sync/new-run-id.ts';
import { composeHistory } from '../../../simulation/compose-history.ts';
import { VendorSimulation } from '../../../simulation/vendors/vendor-simulation.ts';
import { PATHS } from '../../../simulators/rental/rental-api.ts';
import { makeRentalVendor, type RentalVendor } from '../../../simulators/rental/rental-vendor.ts';
import type { VendorRecord } from '../../../simulators/simulated-vendor.ts';
import { present } from '../../../support/present.ts';

const CYCLE_MS = 300_000;

/** The whole of syncing in front of a rental company, undisturbed. */
class SyncedCompany {
  readonly vendor: RentalVendor;
  readonly #simulation: VendorSimulation;

  constructor() {
    const made: RentalVendor[] = [];
    const make = (options: Parameters<typeof makeRentalVendor>[0]) => {
      const vendor = makeRentalVendor(options);
      made.push(vendor);
      return vendor;
    };
    this.#simulation = new VendorSimulation(make, { ...composeHistory(1, new Set()), steps: [] }, 0);
    this.vendor = present(made[0], 'a vendor');
  }

  async cycles(count = 1): Promise<void> {
    this.#simulation.truth.note();
    for (let cycle = 0; cycle < count; cycle += 1) {
      this.#simulation.machinery.plan('plan');
      await this.#simulation.timeline.runUntil(this.#simulation.timeline.nowMs + CYCLE_MS);
    }
  }

  /** A cycle in which everything is due, as far as it takes, and a little more. */
  async until(holds: () => boolean): Promise<void> {
    const { machinery, timeline, truth } = this.#simulation;
    truth.note();
    await timeline.runUntil(timeline.nowMs + 2 * CYCLE_MS);
    machinery.plan('plan');
    for (let second = 0; second < 300 && !holds(); second += 1) await timeline.runUntil(timeline.nowMs + 1_000);
    await timeline.runUntil(timeline.nowMs + 20_000);
  }

  async readEverything(): Promise<void> {
    this.#simulation.machinery.plan('full');
    await this.cycles(2);
  }

  /** What an audit of one location finds, without a delta since the last cycle. */
  async audit(stream: string, partition: string): Promise<DriftCounts | undefined> {
    const { machinery, timeline, truth } = this.#simulation;
    const key = { connection: 'vendor', stream, partition };
    const reports: (DriftReport | undefined)[] = [];
    truth.note();
    machinery.ask('audit', async (ports) => {
      const { run } = await ports.partitions.requestForce(partitionKey(key, auditItem(partition)), newRunId(ports), {
        repair: true,
      });
      await ports.queue.send([{ task: { ...key, task: 'audit', run }, lane: 'priority' }]);
    });
    await timeline.runUntil(timeline.nowMs + CYCLE_MS);
    machinery.ask('look', async (ports) => reports.push(await ports.drift.read(key)));
    await timeline.runUntil(timeline.nowMs + 10_000);
    return reports[0]?.counts;
  }

  cached(stream: string, partition: string): ReadonlyMap<string, string> {
    const kind = stream === 'stores' ? 'chain' : 'location';
    return new Map(this.#simulation.cache.keys.hash(`cache:${kind}:${partition}:${stream}`));
  }

  truth(stream: string, partition: string): ReadonlyMap<string, string> {
    const records = this.vendor.streams.find(({ name }) => name === stream)?.records() ?? [];
    const own = records.filter((record: VendorRecord) => record.partition === partition);
    return new Map(own.map(({ id, body }) => [id, body]));
  }

  daysAgo(days: number): string {
    return this.vendor.store.dayBefore(days * 86_400_000);
  }
}

function isForBookingsAt7({ url, body = '' }: HttpRequest): boolean {
  return url.endsWith(PATHS.bookings) && body.includes('"locationID":"7"');
}

async function loaded(): Promise<SyncedCompany> {
  const company = new SyncedCompany();
  const { store } = company.vendor;
  for (const location of ['3', '7', '12']) {
    for (let count = 0; count < 5; count += 1) {
      store.insert('bookings', { location });
      store.insert('returns', { location, day: company.daysAgo(60) });
    }
  }
  await company.cycles(3);
  return company;
}

describe('bookings and returns in the cache', () => {
  it('are there after the first load, as are the stores', async () => {
    const company = await loaded();
    for (const location of ['3', '7', '12']) {
      expect(company.cached('bookings', location)).toEqual(company.truth('bookings', location));
      expect(company.cached('returns', location)).toEqual(company.truth('returns', location));
      expect(company.cached('returns', location).size).toBe(5);
    }
    expect([...company.cached('stores', 'all').keys()].toSorted()).toEqual(['12', '3', '7']);
  });

  it('follow a corrected phone number under the same id', async () => {
    const company = await loaded();
    const [id = ''] = company.truth('bookings', '7').keys();
    const key = present(company.vendor.store.rows('bookings').find(({ location }) => location === '7')?.key, 'a row');
    company.vendor.store.change(key, { phoneNo: '+91 91234 56789' });
    await company.cycles(2);
    expect(company.cached('bookings', '7')).toEqual(company.truth('bookings', '7'));
    expect(company.cached('bookings', '7').get(id)).toContain('91234 56789');
  });

  it('that were changed long after their day are right again once everything is read', async () => {
    const company = await loaded();
    const row = present(
      company.vendor.store.rows('returns').find(({ location }) => location === '12'),
      'a row',
    );
    company.vendor.store.change(row.key, { remarks: 'damaged' });
    await company.cycles(2);
    expect(company.cached('returns', '12')).not.toEqual(company.truth('returns', '12'));
    await company.readEverything();
    expect(company.cached('returns', '12')).toEqual(company.truth('returns', '12'));
  });

  it('leave once everything is read and their number is not found either, and not before', async () => {
    const company = await loaded();
    const row = present(
      company.vendor.store.rows('bookings').find(({ location }) => location === '3'),
      'a row',
    );
    company.vendor.store.remove(row.key);
    await company.cycles(2);
    expect(company.cached('bookings', '3').size).toBe(5);
    await company.readEverything();
    expect(company.cached('bookings', '3')).toEqual(company.truth('bookings', '3'));
  });

  it('that had left come back when the API shows them again, though nothing of them has changed', async () => {
    const company = await loaded();
    const { vendor } = company;
    const everything = company.cached('bookings', '12');
    const key = present(vendor.store.rows('bookings').find(({ location }) => location === '12')?.key, 'a row');
    vendor.store.hide(key, true);
    await company.readEverything();
    expect(company.cached('bookings', '12').size).toBe(4);
    vendor.store.hide(key, false);
    await company.cycles(2);
    expect(company.cached('bookings', '12')).toEqual(everything);
  });

  it('are asked for once by a task that fails, and again by the task that comes back', async () => {
    const company = await loaded();
    const { vendor } = company;
    vendor.store.insert('bookings', { location: '7' });
    const shapes = { bookings: { trouble: 'status-false' } } as const;
    vendor.behaviour = { ...vendor.behaviour, shapes };
    vendor.requests.splice(0);
    await company.until(() => vendor.requests.some(isForBookingsAt7));
    expect(vendor.requests.filter(isForBookingsAt7)).toHaveLength(1);
    vendor.behaviour = { ...vendor.behaviour, shapes: {} };
    await company.cycles(2);
    expect(company.cached('bookings', '7')).toEqual(company.truth('bookings', '7'));
  });

  it('that were entered since the last delta are no drift to an audit, and those of old that no delta shows are', async () => {
    const company = await loaded();
    const { store } = company.vendor;
    store.insert('bookings', { location: '7' });
    store.insert('returns', { location: '3' });
    store.insert('returns', { location: '3', day: company.daysAgo(60) });
    expect(await company.audit('bookings', '7')).toEqual({ missing: 0, stale: 0, extra: 0, corrupt: 0 });
    expect(await company.audit('returns', '3')).toEqual({ missing: 1, stale: 0, extra: 0, corrupt: 0 });
    await company.cycles(2);
    expect(company.cached('returns', '3')).toEqual(company.truth('returns', '3'));
    expect(company.cached('returns', '3').size).toBe(7);
  });

  it('stay while an API says that it failed, and the others go on', async () => {
    const company = await loaded();
    const { vendor } = company;
    const shapes = { 'bookings/7': { trouble: 'status-false' }, returns: { trouble: 'dataset-null' } } as const;
    vendor.behaviour = { ...vendor.behaviour, shapes };
    const kept = company.cached('bookings', '7');
    const keptReturns = company.cached('returns', '3');
    vendor.store.insert('bookings', { location: '7' });
    vendor.store.insert('bookings', { location: '3' });
    await company.cycles(3);
    await company.readEverything();
    expect(company.cached('bookings', '7')).toEqual(kept);
    expect(company.cached('returns', '3')).toEqual(keptReturns);
    expect(company.cached('bookings', '3')).toEqual(company.truth('bookings', '3'));
    expect(company.cached('bookings', '3').size).toBe(6);
  });
});
