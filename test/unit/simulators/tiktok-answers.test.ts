import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { TikTokSimulatorOptions } from '../../simulators/tiktok-shop/options.ts';
import { startTikTokSimulator, type TikTokSimulator } from '../../simulators/tiktok-shop/tiktok-simulator.ts';
import { signatureOf } from '../../simulators/tiktok-shop/vendor-routes.ts';

const NOW = Date.UTC(2026, 10, 21, 6, 47);

const SAID = z.object({
  code: z.number(),
  data: z.optional(
    z.object({
      access_token: z.string().optional(),
      access_token_expire_in: z.number().optional(),
      refresh_token: z.string().optional(),
      next_page_token: z.string().optional(),
      total_count: z.number().optional(),
      orders: z.array(z.looseObject({ id: z.string(), update_time: z.number(), create_time: z.number() })).optional(),
    }),
  ),
});
const SETTINGS = z.object({ appKey: z.string(), shops: z.array(z.object({ cipher: z.string() })) });
const SECRETS = z.object({ appSecret: z.string(), refreshToken: z.string() });

type Said = z.infer<typeof SAID>;

let simulator: TikTokSimulator;
let nowMs = NOW;
let token = '';

async function start(options: TikTokSimulatorOptions = {}): Promise<void> {
  nowMs = NOW;
  simulator = await startTikTokSimulator({ orders: 250, products: 2, clock: () => nowMs, ...options });
  token = '';
}

beforeEach(() => start());
afterEach(() => simulator.close());

const settings = () => SETTINGS.parse(simulator.connection().settings);
const secrets = () => SECRETS.parse(simulator.connection().secrets);

async function refresh(changes: Readonly<Record<string, string>> = {}): Promise<Said> {
  const { appSecret, refreshToken } = secrets();
  const query = {
    app_key: settings().appKey,
    app_secret: appSecret,
    refresh_token: refreshToken,
    grant_type: 'refresh_token',
  };
  const response = await fetch(
    `${simulator.url}/api/v2/token/refresh?${new URLSearchParams({ ...query, ...changes }).toString()}`,
  );
  return SAID.parse(await response.json());
}

/** A well-formed call, with parts of it changed. `tamper` changes what is sent after it was signed. */
async function call(
  path: string,
  query: Readonly<Record<string, string>> = {},
  {
    body = '',
    tamper = (text: string) => text,
    at = nowMs,
  }: { body?: string; tamper?: (text: string) => string; at?: number } = {},
): Promise<{ readonly status: number; readonly said: Said; readonly headers: Headers }> {
  if (token === '') token = String((await refresh()).data?.access_token);
  const url = new URL(path, simulator.url);
  const cipher = settings().shops[0]?.cipher ?? '';
  const parameters = {
    shop_cipher: cipher,
    ...query,
    app_key: settings().appKey,
    timestamp: String(Math.floor(at / 1_000)),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  url.searchParams.set('sign', signatureOf({ url, body }, secrets().appSecret));
  const sent = tamper(body);
  const response = await fetch(url, {
    method: path.endsWith('/search') ? 'POST' : 'GET',
    headers: { 'x-tts-access-token': token },
    ...(sent === '' ? {} : { body: sent }),
  });
  return { status: response.status, said: SAID.parse(await response.json()), headers: response.headers };
}

const SEARCH = '/order/202309/orders/search';
const ASCENDING = { sort_field: 'update_time', sort_order: 'ASC' };
const search = (body: object, query: Readonly<Record<string, string>> = ASCENDING) =>
  call(SEARCH, query, { body: JSON.stringify(body) });
const ordersOf = ({ said }: { readonly said: Said }) => said.data?.orders ?? [];

describe('the simulated TikTok Shop', () => {
  it('refuses a call whose body is not to the byte what was signed', async () => {
    const { said, status } = await call(SEARCH, {}, { body: '{"update_time_ge":1}', tamper: (text) => `${text} ` });
    expect([status, said.code]).toEqual([200, 106001]);
  });

  it.each([
    [-301_000, 36009004],
    [-299_000, 0],
    [30_000, 0],
    [32_000, 36009004],
  ])('answers a call whose timestamp is %d ms off with code %d', async (off, code) => {
    expect((await call(SEARCH, {}, { body: '{}', at: nowMs + off })).said.code).toBe(code);
  });

  it('sorts by creation, newest first, twenty a page, unless it is told otherwise', async () => {
    const page = ordersOf(await search({}, {}));
    expect(page).toHaveLength(20);
    const created = page.map((order) => order.create_time);
    expect(created).toEqual(created.toSorted((a, b) => b - a));
  });

  it('has half-open windows: the lower second is in, the upper is not', async () => {
    const [first, second] = ordersOf(await search({}));
    const window = { update_time_ge: first?.update_time, update_time_lt: second?.update_time };
    const found = await search(window);
    expect(ordersOf(found).map(({ id }) => id)).toEqual([first?.id]);
    expect(found.said.data?.total_count).toBe(1);
  });

  it('refuses filters that the vendor does not have, instead of filtering nothing', async () => {
    expect((await search({ create_time_from: 1 })).said.code).toBe(36009004);
    expect((await search({ update_time_le: 1 })).said.code).toBe(36009004);
  });

  it('pages by tokens that belong to their query and expire', async () => {
    const first = await search({}, { ...ASCENDING, page_size: '100' });
    const page_token = String(first.said.data?.next_page_token);
    const second = await search({}, { ...ASCENDING, page_size: '100', page_token });
    expect(ordersOf(second)).toHaveLength(100);
    expect(ordersOf(second)[0]?.update_time).toBeGreaterThanOrEqual(ordersOf(first).at(-1)?.update_time ?? 0);
    expect((await search({ update_time_ge: 1 }, { ...ASCENDING, page_size: '100', page_token })).said.code).toBe(
      36009004,
    );
    nowMs += 1_800_000;
    expect((await search({}, { ...ASCENDING, page_size: '100', page_token })).said.code).toBe(36009004);
  });

  it('gives a token that expires, and another refresh token with it; the former works until the new one is used', async () => {
    const former = secrets().refreshToken;
    const first = await refresh();
    expect(first.data?.access_token_expire_in).toBe(NOW / 1_000 + 604_800);
    expect(first.data?.refresh_token).not.toBe(former);
    expect((await refresh({ refresh_token: former })).code).toBe(0);
    expect((await refresh()).code).toBe(0);
    expect((await refresh({ refresh_token: former })).code).toBe(36004005);
    expect((await search({})).said.code).toBe(0);
    nowMs += 604_800_000;
    expect((await search({})).said.code).toBe(105002);
  });

  it('refuses calls beyond its limit with HTTP 429, until the minute has passed', async () => {
    simulator.control.setLimits({ perMinute: 2 });
    await search({});
    await search({});
    const refused = await search({});
    expect([refused.status, refused.said.code, refused.headers.get('retry-after')]).toEqual([429, 36009002, null]);
    nowMs += 60_000;
    expect((await search({})).said.code).toBe(0);
  });

  it('masks what names a buyer, and writes ids and amounts as strings', async () => {
    const [order] = ordersOf(await search({}));
    expect(order).toMatchObject({
      id: expect.stringMatching(/^\d{18}$/),
      payment: { total_amount: expect.stringMatching(/^\d+$/) },
      recipient_address: { name: expect.stringContaining('***'), phone_number: expect.stringContaining('*') },
    });
  });

  it('tells its own time, however wrong, and stamps what is changed with it', async () => {
    simulator.control.setSkew(-3_600_000);
    const [id = ''] = simulator.control.changeBatch(1);
    expect(simulator.control.record('orders', id)?.updated).toBe(NOW / 1_000 - 3_600);
    const { headers } = await call(SEARCH, {}, { body: '{}', at: NOW - 3_600_000 });
    expect(Date.parse(headers.get('date') ?? '')).toBe(NOW - 3_600_000);
  });

  it('has its faults armed, and its records changed, over HTTP too', async () => {
    const post = (path: string, body: object) =>
      fetch(`${simulator.url}/_control/${path}`, { method: 'POST', body: JSON.stringify(body) });
    expect(await (await post('changes', { changes: 3 })).json()).toMatchObject({ ids: { length: 3 } });
    await post('faults', { faults: ['unavailable'] });
    expect((await search({})).status).toBe(500);
    expect((await post('faults', { faults: ['flood'] })).status).toBe(400);
    const calls = await (await fetch(`${simulator.url}/_control/calls`)).json();
    expect(calls).toMatchObject({ orders: 1, token: 1 });
    expect((await fetch(`${simulator.url}/_control/nothing`)).status).toBe(404);
  });
});
