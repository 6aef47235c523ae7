import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type ClinikoSimulator, startClinikoSimulator } from '../../simulators/cliniko/cliniko-simulator.ts';

const PAGE = z.looseObject({
  patients: z.array(z.looseObject({ id: z.union([z.string(), z.number()]).optional() })).optional(),
  individual_appointments: z.array(z.looseObject({ id: z.string(), starts_at: z.string() })).optional(),
  total_entries: z.number(),
  links: z.looseObject({ self: z.string(), next: z.string().optional(), previous: z.string().optional() }),
});

const ORGANIZATIONS = { north: { patients: 12, appointments: 20 }, south: { patients: 3, appointments: 0 } };
let simulator: ClinikoSimulator | undefined;

afterEach(() => simulator?.close());

interface Asking {
  readonly key?: string;
  readonly agent?: string;
}

async function start(options: Parameters<typeof startClinikoSimulator>[0] = {}) {
  simulator = await startClinikoSimulator({ organizations: ORGANIZATIONS, ...options });
  const { url } = simulator;
  const [north = '', south = ''] = simulator.connections().map(({ secrets }) => secrets.apiKey);
  const ask = (path: string, { key = north, agent = 'Tests (tests@example.com)' }: Asking = {}) =>
    fetch(`${url}/v1/${path}`, {
      headers: { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`, 'user-agent': agent },
      signal: AbortSignal.timeout(5_000),
    });
  const page = async (path: string, asking?: Asking) => PAGE.parse(await (await ask(path, asking)).json());
  const control = simulator.control('north');
  return { url, ask, page, control, south };
}

describe('the Cliniko simulator', () => {
  it('lets in who has a key and says who asks', async () => {
    const { ask, page, south } = await start();
    expect((await ask('patients', { key: 'wrong-au1' })).status).toBe(401);
    expect((await ask('patients', { agent: 'node' })).status).toBe(403);
    expect((await page('patients', { key: south })).total_entries).toBe(3);
  });

  it('pages by number, fifty rows at a time or up to a hundred, and says what follows', async () => {
    const { page } = await start({ organizations: { north: { patients: 130, appointments: 0 } } });
    const first = await page('patients');
    expect(first.patients).toHaveLength(50);
    expect(first.links.next).toContain('page=2');
    const most = await page('patients?per_page=1000');
    expect(most.patients).toHaveLength(100);
    const last = await page('patients?per_page=100&page=2');
    expect(last.links.next).toBeUndefined();
    expect(last.patients?.length).toBe(last.total_entries - 100);
  });

  it('shifts later rows into pages already read when one moves to the end of its order', async () => {
    const { page, control } = await start();
    const ids = async (number: number) =>
      (await page(`patients?sort=updated_at&per_page=5&page=${number}`)).patients?.map(({ id }) => String(id)) ?? [];
    const [first, second] = [await ids(1), await ids(2)];
    control.desks.patients.edit(first[0] ?? '');
    expect((await ids(2))[0]).toBe(second[1]);
  });

  it('filters by operators that its documentation names, all of them at once, and refuses others', async () => {
    const { ask, page } = await start();
    const all = await page('patients?sort=id');
    const ids = all.patients?.map(({ id }) => String(id)) ?? [];
    const q = (...filters: readonly string[]) => filters.map((text) => `q[]=${encodeURIComponent(text)}`).join('&');
    expect((await page(`patients?${q(`id:=${ids[1]},${ids[3]}`)}`)).total_entries).toBe(2);
    expect((await page(`patients?${q(`id:>${ids[1]}`, `id:<=${ids[3]}`)}`)).total_entries).toBe(2);
    expect((await page(`patients?${q('updated_at:>=2100-01-01T00:00:00Z')}`)).total_entries).toBe(0);
    for (const filter of ['updated_at:=2026-01-01T00:00:00Z', 'updated_at:>=yesterday', 'colour:=blue', 'updated_at'])
      expect((await ask(`patients?${q(filter)}`)).status).toBe(400);
  });

  it('takes no notice of parameters that it does not know, which looks like a filter that finds everything', async () => {
    const { page } = await start();
    const all = (await page('patients')).total_entries;
    expect((await page('patients?updated_since=2100-01-01T00:00:00Z')).total_entries).toBe(all);
  });

  it('shows what has left in lists of their own, and of a deleted patient hardly anything', async () => {
    const { page, control } = await start();
    const before = (await page('patients')).total_entries;
    const [deleted = '', archived = ''] = control.records('patients').map(({ id }) => id);
    control.desks.patients.leave(deleted, 'deleted');
    control.desks.patients.leave(archived, 'archived');
    expect((await page('patients')).total_entries).toBe(before - 2);
    const gone = (await page('patients/deleted')).patients?.find((row) => JSON.stringify(row).includes(deleted));
    expect(Object.keys(gone ?? {})).toEqual(['deleted_at', 'links']);
    expect(JSON.stringify((await page('patients/archived')).patients)).toContain(archived);
    const [cancelled = ''] = control.records('appointments').map(({ id }) => id);
    control.desks.appointments.leave(cancelled, 'cancelled');
    const shown = (await page('individual_appointments/cancelled')).individual_appointments ?? [];
    expect(shown.map(({ id }) => id)).toContain(cancelled);
  });

  it('refuses the call after the last of a minute, and says in seconds since 1970 when the next one begins', async () => {
    let now = Date.UTC(2026, 10, 21, 6, 47);
    const { ask } = await start({ perMinute: 2, clock: () => now });
    expect([(await ask('patients')).status, (await ask('patients')).status]).toEqual([200, 200]);
    const refused = await ask('patients');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('x-ratelimit-reset')).toBe(String(Date.UTC(2026, 10, 21, 6, 48) / 1000));
    now += 60_000;
    expect((await ask('patients')).status).toBe(200);
  });

  it('answers queries by time as of a while ago where its index lags', async () => {
    let now = Date.UTC(2026, 10, 21, 6, 47);
    const { page, control } = await start({ clock: () => now });
    control.setBehaviour({ indexLagMs: 30_000 });
    control.desks.patients.insert();
    const since = `q[]=${encodeURIComponent('updated_at:>=2026-11-21T06:46:59Z')}`;
    const before = (await page(`patients?${since}`)).total_entries;
    now += 30_000;
    expect((await page(`patients?${since}`)).total_entries).toBe(before + 1);
  });

  it('is edited and told to fail over HTTP', async () => {
    const { url, ask } = await start();
    const post = (path: string, body: unknown) =>
      fetch(`${url}/_control/north/${path}`, { method: 'POST', body: JSON.stringify(body) });
    const edited = await post('edits', { edits: [{ do: 'book', startsAt: '2026-11-21T06:47:00Z' }] });
    const { ids } = z.object({ ids: z.array(z.string()) }).parse(await edited.json());
    expect((await ask(`individual_appointments/${ids[0]}`)).status).toBe(200);
    await post('faults', { fault: 'unavailable' });
    expect([(await ask('patients')).status, (await ask('patients')).status]).toEqual([503, 200]);
    expect((await post('edits', { edits: [{ do: 'edit', stream: 'patients', id: '5' }] })).status).toBe(400);
    expect((await post('nonsense', {})).status).toBe(404);
  });
});
