import { describe, expect, it } from 'vitest';
import { plusMs } from '../../../../lib/domain/instant.ts';
import type { HttpRequest } from '../../../../lib/ports/http.ts';
import { SourceFailure } from '../../../../lib/ports/source.ts';
import { signatureOf } from '../../../simulators/tiktok-shop/vendor-routes.ts';
import { present } from '../../../support/present.ts';
import { idsOf, ShopWorld } from './shop-world.ts';

const HOUR_MS = 3_600_000;

function parametersOf(request: HttpRequest | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(new URL(present(request, 'a request').url).searchParams);
}

async function failureOf(run: Promise<unknown>): Promise<SourceFailure> {
  const error: unknown = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SourceFailure)) throw new Error('no source failure');
  return error;
}

describe('reading orders', () => {
  it('asks for a page sorted by update time, oldest first, and signs the body to the byte', async () => {
    const world = new ShopWorld();
    await world.open().read({ stream: 'orders', partition: world.shop, since: plusMs(world.clock.now(), -HOUR_MS) });
    const request = present(world.requests[0], 'a request');
    const { app_key, sign, shop_cipher, timestamp, ...rest } = parametersOf(request);
    expect(rest).toEqual({ page_size: '100', sort_field: 'update_time', sort_order: 'ASC' });
    expect(Number(timestamp)).toBe(world.clock.now() / 1_000);
    expect({ app_key, shop_cipher }).toEqual({
      app_key: world.vendor.account.tokens.app.appKey,
      shop_cipher: world.vendor.account.shops[0]?.cipher,
    });
    const now = world.clock.now() / 1_000;
    expect(request).toMatchObject({
      method: 'POST',
      body: `{"update_time_ge":${now - 3_600},"update_time_lt":${now + 2}}`,
    });
    expect(request.headers['x-tts-access-token']).toMatch(/^TTP_/);
    const { body = '' } = request;
    expect(sign).toBe(signatureOf({ url: new URL(request.url), body }, world.vendor.account.tokens.app.appSecret));
  });

  it('takes one call for each hundred orders, whoever goes on from page to page', async () => {
    const world = new ShopWorld({ orders: 31_400 });
    const query = { stream: 'orders', partition: world.shop };
    const pages = await world.walk(query);
    expect(pages).toHaveLength(314);
    expect(world.requests).toHaveLength(314);
    expect(idsOf(pages).size).toBe(31_400);
    for (const { total } of pages) expect(total).toBe(31_400);
  }, 60_000);

  it('keeps an order in the month of its creation', async () => {
    const world = new ShopWorld();
    const id = world.vendor.account.insert('orders', world.shop, 40 * 24 * HOUR_MS);
    const [page] = await world.walk({ stream: 'orders', partition: world.shop });
    expect(page?.records).toMatchObject([{ id, segment: '2026-10' }]);
  });

  it('goes on where it was when its page token is no longer good, with one call more', async () => {
    const world = new ShopWorld({ orders: 1_000 });
    const source = world.open();
    const query = { stream: 'orders', partition: world.shop };
    const pages = [];
    let cursor: string | undefined;
    do {
      if (pages.length === 6) world.vendor.expireCursors();
      const page = await source.read(query, cursor);
      pages.push(page);
      cursor = page.next;
    } while (cursor !== undefined);
    expect(idsOf(pages).size).toBe(1_000);
    // The refused call; and the second at which it went on was read again, so one page holds an order less.
    expect(world.requests.length).toBeLessThanOrEqual(12);
  });

  it('has the query begin anew when a dead page token had come no further than its beginning', async () => {
    const world = new ShopWorld({ pageSize: 3 });
    for (let count = 0; count < 9; count += 1) world.vendor.account.insert('orders', world.shop);
    const source = world.open();
    const query = { stream: 'orders', partition: world.shop };
    const { next } = await source.read(query);
    world.vendor.expireCursors();
    const failure = await failureOf(source.read(query, present(next, 'a cursor')));
    expect(failure.code).toBe('source-cursor-expired');
  });

  it.each(['name-a-row', 'count-rows'] as const)(
    'passes over none while others leave the window, where page tokens %s',
    async (pageTokens) => {
      const world = new ShopWorld({ orders: 3_000, behaviour: { pageTokens } });
      const source = world.open();
      const first = await source.read({ stream: 'orders', partition: world.shop });
      const early = first.records.slice(0, 20).map(({ id }) => id);
      world.vendor.beforePage = () => {
        world.clock.advance(5_000);
        const id = early.pop();
        if (id !== undefined) world.vendor.account.edit('orders', id);
      };
      const pages = await world.walk({ stream: 'orders', partition: world.shop }, () => source);
      const truth = world.vendor.account.records('orders');
      expect(idsOf(pages)).toEqual(new Set(truth.map(({ id }) => id)));
      // What left is read once more behind the window, in its new version.
      const last = new Map(pages.flatMap(({ records }) => records.map(({ id, body }) => [id, body])));
      const stale = truth.filter(({ id, body }) => last.get(id) !== body);
      expect(stale).toEqual([]);
      expect(world.requests.length).toBeLessThan(40);
    },
  );

  it('reads by the clock of its source, however wrong this one is, from the second call on', async () => {
    for (const skewMs of [-2 * HOUR_MS, -60_000, 4 * 60_000, 2 * HOUR_MS]) {
      const world = new ShopWorld({ skewMs });
      const id = world.vendor.account.insert('orders', world.shop);
      const source = world.open();
      const pages = await world.walk({ stream: 'orders', partition: world.shop }, () => source);
      expect([...idsOf(pages)]).toEqual([id]);
      expect(Math.abs(present(pages[0], 'a page').servedAt - world.clock.now() - skewMs)).toBeLessThan(1_000);
    }
  });

  it('sweeps with as many calls as it reads', async () => {
    const world = new ShopWorld({ orders: 150 });
    const source = world.open();
    const first = await source.sweep({ stream: 'orders', partition: world.shop });
    const second = await source.sweep({ stream: 'orders', partition: world.shop }, present(first.next, 'a cursor'));
    expect([first.versions.length, second.versions.length, second.next]).toEqual([100, 50, undefined]);
    expect(first.versions[0]).not.toHaveProperty('body');
  });

  it('is refused without a shop, and for one that is not authorized', async () => {
    const source = new ShopWorld().open();
    expect((await failureOf(source.read({ stream: 'orders' }))).code).toBe('source-misconfigured');
    expect((await failureOf(source.read({ stream: 'orders', partition: '1' }))).code).toBe('source-misconfigured');
  });
});

describe('reading orders by their ids', () => {
  it('asks for fifty at once', async () => {
    const world = new ShopWorld();
    const ids = Array.from({ length: 120 }, () => world.vendor.account.insert('orders', world.shop));
    const pages = await world.walk({ stream: 'orders', ids });
    expect(idsOf(pages)).toEqual(new Set(ids));
    expect(world.requests.map((request) => parametersOf(request).ids?.split(',').length)).toEqual([50, 50, 20]);
  });

  it.each([
    ['refuses all for', 'refuse-all'],
    ['leaves out', 'leave-out'],
  ] as const)('finds all others where the vendor %s an id that a shop does not have', async (_what, unknownIds) => {
    const world = new ShopWorld({ behaviour: { unknownIds } });
    const { account } = world.vendor;
    const shops = account.shops.map(({ id }) => id);
    const ids = Array.from({ length: 30 }, (_, index) => account.insert('orders', shops[index % 3] ?? ''));
    const gone = ids.filter((_, index) => index % 10 === 4);
    for (const id of gone) account.remove('orders', id);
    const pages = await world.walk({ stream: 'orders', ids });
    expect(idsOf(pages)).toEqual(new Set(ids.filter((id) => !gone.includes(id))));
    const partitions = new Set(pages.flatMap(({ records }) => records.map(({ partition }) => partition)));
    expect(partitions).toEqual(new Set(shops));
  });

  it('answers for one id on its first page, whichever shop has it', async () => {
    const world = new ShopWorld();
    const last = present(world.vendor.account.shops.at(-1), 'a shop').id;
    const id = world.vendor.account.insert('orders', last);
    const page = await world.open().read({ stream: 'orders', ids: [id] });
    expect(page.records).toMatchObject([{ id, partition: last }]);
    expect(page.next).toBeUndefined();
    const nowhere = await world.open().read({ stream: 'orders', ids: ['577087614418520388'] });
    expect(nowhere).toMatchObject({ records: [], rejected: [] });
  });

  it.each([[[]], [['1,2']], [['a']]])('sends nothing for what cannot be ids: %j', async (ids) => {
    const world = new ShopWorld();
    const failure = await failureOf(world.open().read({ stream: 'orders', ids }));
    expect(failure.code).toBe('source-misconfigured');
    expect(world.requests).toEqual([]);
  });
});

describe('reading products', () => {
  it('asks for no order and names no upper bound', async () => {
    const world = new ShopWorld();
    await world.open().read({ stream: 'products', partition: world.shop });
    const { sort_field, sort_order } = parametersOf(world.requests[0]);
    expect([sort_field, sort_order]).toEqual([undefined, undefined]);
    expect(world.requests[0]?.body).toBe('{"status":"ALL"}');
  });

  it('by their ids has them in the form of the search, however the detail shows them', async () => {
    const world = new ShopWorld();
    const id = world.vendor.account.insert('products', world.shop, HOUR_MS);
    const page = await world.open().read({ stream: 'products', ids: [id] });
    expect(page.records.map(({ body }) => body)).toEqual([world.vendor.account.records('products')[0]?.body]);
    expect(world.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(world.requests[1]?.body).toMatch(/^\{"status":"ALL","seller_skus":\["SKU-\d+"\]\}$/);
  });

  it('by their ids has the version that the index knows, though it lags behind the detail', async () => {
    const world = new ShopWorld({ behaviour: { indexLagMs: 60_000 } });
    const id = world.vendor.account.insert('products', world.shop, HOUR_MS);
    const former = world.vendor.account.records('products')[0]?.body;
    world.vendor.account.edit('products', id);
    const page = await world.open().read({ stream: 'products', ids: [id] });
    expect(page.records.map(({ body }) => body)).toEqual([former]);
  });

  it('by their ids says that one is there which no search shows, and invents no form of it', async () => {
    const world = new ShopWorld({ behaviour: { indexLagMs: 60_000 } });
    const id = world.vendor.account.insert('products', world.shop);
    const page = await world.open().read({ stream: 'products', ids: [id] });
    expect(page).toMatchObject({ records: [], rejected: [{ id, reason: 'malformed' }] });
    // First by its number, then by the second of its last change.
    expect(world.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST']);
  });

  it('tells of deleted ones that they have left, whichever way they are asked for', async () => {
    const world = new ShopWorld();
    const id = world.vendor.account.insert('products', world.shop, HOUR_MS);
    world.vendor.account.remove('products', id);
    for (const query of [{ ids: [id] }, { partition: world.shop }]) {
      const page = await world.open().read({ stream: 'products', ...query });
      expect(page).toMatchObject({
        records: [],
        removed: [{ id, partition: world.shop, modified: world.clock.now() }],
      });
    }
  });
});

describe('the shops', () => {
  it('are those that the application is authorized for when none are set, asked for once', async () => {
    const world = new ShopWorld({}, { shops: undefined });
    const source = world.open();
    const { partitions } = await source.listPartitions('orders');
    expect(partitions.map(({ title }) => title)).toEqual(['Shop 1', 'Shop 2', 'Shop 3']);
    await source.read({ stream: 'orders', partition: world.shop });
    await source.read({ stream: 'products', partition: world.shop });
    expect(world.requests.map(({ url }) => new URL(url).pathname)).toEqual([
      '/authorization/202309/shops',
      '/order/202309/orders/search',
      '/product/202309/products/search',
    ]);
  });
});

describe('the access token', () => {
  it('is refreshed once for all workers when it has expired, and the refresh token that came with it is kept', async () => {
    const world = new ShopWorld();
    const query = { stream: 'orders', partition: world.shop };
    const [one, other] = [world.open(), world.open()];
    await one.read(query);
    await other.read(query);
    world.vendor.account.tokens.expireAccessTokens();
    await Promise.all([one.read(query), other.read(query)]);
    const { token } = await world.store.read('main');
    expect(token?.refresh?.value).toBe(world.vendor.account.tokens.refreshToken);
    // Twice, by the refresh token that each of them brought.
    expect(world.vendor.tokenCalls).toBe(2);
  });

  it('lasts as long as the vendor says by its own clock', async () => {
    const world = new ShopWorld({ skewMs: 20_000, behaviour: { tokenLifetimeSeconds: 86_400 } });
    await world.open().read({ stream: 'orders', partition: world.shop });
    const { token } = await world.store.read('main');
    expect(token?.expiresAt).toBe(plusMs(world.clock.now(), 86_400_000));
  });

  it('is asked for with the refresh token of the connection once that has been replaced', async () => {
    const world = new ShopWorld();
    const query = { stream: 'orders', partition: world.shop };
    await world.open().read(query);
    await world.store.beginRefresh('main', 1, 1_000);
    const value = 'TTP_stale';
    const refresh = { value: 'ROW_of-another-authorization', origin: '0123456789abcdef' };
    await world.store.finishRefresh('main', 1, { value, expiresAt: plusMs(world.clock.now(), HOUR_MS), refresh });
    await world.open().read(query);
    expect((await world.store.read('main')).token?.value).not.toBe(value);
  });

  it('that is refused though it is new is a matter for a person', async () => {
    const world = new ShopWorld();
    const query = { stream: 'orders', partition: world.shop };
    const source = world.open();
    await source.read(query);
    world.vendor.beforePage = () => world.vendor.account.tokens.expireAccessTokens();
    expect((await failureOf(source.read(query))).code).toBe('source-unauthorized');
  });

  it('is not given once the seller has taken the authorization back, and no failure names a secret', async () => {
    const world = new ShopWorld();
    world.vendor.account.tokens.setGranted(false);
    const failure = await failureOf(world.open().read({ stream: 'orders', partition: world.shop }));
    expect(failure.code).toBe('source-unauthorized');
    const { app, refreshToken } = world.vendor.account.tokens;
    for (const secret of [app.appSecret, refreshToken]) expect(failure.message).not.toContain(secret);
  });
});
