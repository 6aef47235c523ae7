import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ShopSystem } from './shop-system.ts';

const DEEP = process.env.TIDEMARK_DEEP === '1';
/** A page is a hundred. */
const ORDERS = DEEP ? 314_200 : 20_000;
const PAGES = ORDERS / 100;
/** How many seconds an interval of five minutes lasts: so long that what is read beside the load stays below a hundredth. */
const INTERVAL_SECONDS = DEEP ? 60 : 2;
/** Calls beyond the pages: a page that was read and not written before a worker died, and what was read beside the load. */
const CALLS_BESIDES = DEEP ? PAGES / 100 : 40;
const TIMEOUT_MS = DEEP ? 1_500_000 : 240_000;

let system: ShopSystem;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'first-load-'));
  system = await ShopSystem.start({ orders: ORDERS, intervalSeconds: INTERVAL_SECONDS, dataDir: folder });
});

afterEach(async () => {
  await system.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a first load of many orders', () => {
  it(`ends with exactly one copy of each of ${ORDERS.toLocaleString('en-US')}, through kills, a crash and a spent quota`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    const { control } = system.simulator;
    await system.plan();
    await system.until(0.1);
    expect((await system.progress()).remainingSeconds).toBeGreaterThan(0);

    // Lambda ends workers in the middle of a page.
    expect(system.kill()).toBeGreaterThan(0);
    await system.until(0.2);

    // The vendor has had enough for a while.
    control.injectFault('rate-limited');
    await system.until(0.3);

    // The machine goes down; tables and cache stay.
    await system.restart();
    await system.until(0.35);

    // Readers see what changes meanwhile, long before the load ends.
    const added = control.insert('orders', system.shop);
    const [edited = ''] = control.changeBatch(1);
    await system.seenByReaders([added, edited]);
    const progress = await system.progress();
    expect(progress.loaded).toBe(false);
    expect(progress.percent).toBeLessThan(100);
    expect(system.kill()).toBeGreaterThan(0);

    await system.untilLoaded();
    const { orders } = control.calls();
    const peakMb = await system.peakMb();
    process.stdout.write(`loaded ${ORDERS} orders with ${orders} calls for ${PAGES} pages; ${peakMb} MB at the most\n`);
    expect(orders).toBeGreaterThanOrEqual(PAGES);
    expect(orders - PAGES).toBeLessThanOrEqual(CALLS_BESIDES);
    expect(peakMb).toBeLessThan(512);
    expect(await system.differences()).toEqual([]);
  });
});
