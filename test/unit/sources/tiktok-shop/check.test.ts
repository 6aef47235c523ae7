import { describe, expect, it } from 'vitest';
import type { CheckFinding } from '../../../../lib/ports/source.ts';
import { ShopWorld } from './shop-world.ts';

const HOUR_MS = 3_600_000;

/** The findings that are not as they should be, as `check status`. */
function trouble(findings: readonly CheckFinding[]): readonly string[] {
  return findings.filter(({ status }) => status !== 'ok').map(({ check, status }) => `${check} ${status}`);
}

/** One shop with a few orders and products. */
function filled(...[simulator, settings]: ConstructorParameters<typeof ShopWorld>): ShopWorld {
  return new ShopWorld({ shops: 1, orders: 250, products: 3, ...simulator }, settings);
}

describe('the check of a TikTok Shop connection', () => {
  it('finds every filter and every order of pages in a healthy shop, for about ten calls', async () => {
    const world = filled();
    const findings = await world.check();
    expect(findings.map(({ check }) => check)).toEqual([
      'token',
      'clock',
      'shops',
      'orders-readable',
      'orders-order',
      'orders-window',
      'orders-ids',
      'products-readable',
      'products-window',
      'products-ids',
    ]);
    expect(trouble(findings)).toEqual([]);
    expect(world.requests.length).toBeLessThanOrEqual(11);
  });

  it('says that filters cannot be verified yet in a shop without records', async () => {
    const findings = await new ShopWorld({ shops: 1 }).check();
    expect(trouble(findings)).toEqual([]);
    expect(findings.find(({ check }) => check === 'orders-readable')?.message).toContain('cannot be verified yet');
  });

  it('ends with the token when there is none', async () => {
    const world = filled();
    world.vendor.account.tokens.setGranted(false);
    expect(trouble(await world.check())).toEqual(['token failed']);
  });

  it('tells which shop is not the token’s', async () => {
    const world = filled({}, { shops: [{ id: '1', cipher: 'ROW_of-another' }] });
    const findings = await world.check();
    expect(trouble(findings)).toEqual(['orders-readable failed', 'products-readable failed']);
    expect(findings.find(({ status }) => status === 'failed')?.message).toContain('Shop 1');
  });

  it('warns of a clock that webhooks and signatures would suffer from', async () => {
    expect(trouble(await filled({ skewMs: -60_000 }).check())).toEqual(['clock warning']);
    expect(trouble(await filled({ skewMs: HOUR_MS }).check())).toEqual(['clock warning']);
  });

  it('fails where a filter by update time finds nothing', async () => {
    const world = new ShopWorld({ shops: 1 });
    const id = world.vendor.account.insert('orders', world.shop, HOUR_MS);
    let calls = 0;
    world.vendor.beforePage = () => {
      calls += 1;
      if (calls === 2) world.vendor.account.edit('orders', id);
    };
    const findings = await world.check();
    expect(trouble(findings)).toEqual(['orders-window failed', 'orders-ids warning']);
  });

  it('says what a source that does not answer would not let it probe', async () => {
    const world = filled();
    await world.open().listPartitions('orders');
    world.vendor.faults.push('unavailable');
    const findings = await world.check();
    expect(trouble(findings)).toEqual(['orders-readable failed']);
  });

  it('names no secret', async () => {
    const world = filled();
    const text = JSON.stringify(await world.check());
    const { app, refreshToken } = world.vendor.account.tokens;
    for (const secret of [app.appSecret, refreshToken]) expect(text).not.toContain(secret);
  });
});
