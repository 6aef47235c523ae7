import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instantFromMs, plusMs } from '../../lib/domain/instant.ts';
import { present } from '../support/present.ts';
import { signedHeaders, WEBHOOK_SECRET } from '../support/signed-webhook.ts';
import { BIG_EVENT, type System, startSystem } from './system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem({ secrets: { webhookSecret: WEBHOOK_SECRET } });
  await system.load();
});

afterAll(() => system.close());

const now = () => instantFromMs(Date.now());
const bodyOf = (...ids: readonly string[]) => JSON.stringify({ ids });

async function send(body: string, headers = signedHeaders(body, now()), connection = 'main'): Promise<Response> {
  return fetch(`${system.host.apiUrl}/v1/webhooks/${connection}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    signal: AbortSignal.timeout(30_000),
  });
}

function registration(place: number): string {
  return present(system.simulator.control.records(BIG_EVENT)[place], 'a registration').id;
}

describe('a webhook', () => {
  it('brings an edit into the cache without a cycle, for one call', async () => {
    const id = registration(7);
    system.simulator.control.edit(id);
    expect(await system.differences()).not.toEqual([]);
    const spent = await system.spent(async () => {
      expect((await send(bodyOf(id))).status).toBe(202);
      await system.settle();
    });
    expect(spent.registrations).toBe(1);
    expect(await system.differences()).toEqual([]);
  });

  it('brings a new registration, one that moved to another event, and one that was deleted', async () => {
    const { control } = system.simulator;
    const other = present(
      control.events().find(({ id, registrations }) => id !== BIG_EVENT && registrations > 10),
      'x',
    );
    const added = control.bulkInsert(BIG_EVENT, 1);
    const [moved, deleted] = [registration(11), registration(12)];
    control.move(moved, other.id);
    control.delete(deleted);
    expect((await send(bodyOf(...added, moved, deleted))).status).toBe(202);
    await system.settle();
    expect(await system.differences()).toEqual([]);
  });

  it('leaves the next cycle what it has to do', async () => {
    const [hinted, other] = [registration(20), registration(21)];
    system.simulator.control.edit(hinted);
    system.simulator.control.edit(other);
    await send(bodyOf(hinted));
    await system.settle();
    expect(await system.differences()).toHaveLength(1);
    await system.cycle();
    expect(await system.differences()).toEqual([]);
  });

  it('needs no token, and opens no other route', async () => {
    expect((await system.api('GET', '/v1/webhooks/main')).status).toBe(404);
    expect((await system.api('GET', '/v1/status/main', { token: null })).status).toBe(401);
  });
});

describe('a webhook that is sent again or forged', () => {
  it('changes nothing, and causes no call', async () => {
    const id = registration(30);
    const body = bodyOf(id);
    const headers = signedHeaders(body, now());
    expect((await send(body, headers)).status).toBe(202);
    await system.settle();
    system.simulator.control.edit(id);
    const before = await system.host.meters();
    const spent = await system.spent(async () => {
      expect((await send(body, headers)).status).toBe(202);
      const refused = [
        await send(body, signedHeaders(body, now(), { secret: 'z'.repeat(40) })),
        await send(bodyOf(registration(31)), headers),
        await send(body, signedHeaders(body, plusMs(now(), -310_000))),
        await send(body, {}),
        await send(body, signedHeaders(body, now()), 'nobody'),
      ];
      expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
      expect((await send(`{"ids":["1"],"x":"${'x'.repeat(70_000)}"}`)).status).toBe(413);
      await system.settle();
    });
    expect(spent).toMatchObject({ registrations: 0, redis: 0 });
    expect((await system.host.meters()).sqsRequests).toEqual(before.sqsRequests);
    expect(await system.differences()).toHaveLength(1);
    await system.cycle();
    expect(await system.differences()).toEqual([]);
  });
});

describe('many webhooks at once', () => {
  it('are asked for together', async () => {
    const ids = Array.from({ length: 40 }, (_, place) => registration(40 + place));
    for (const id of ids) system.simulator.control.edit(id);
    const spent = await system.spent(async () => {
      const answers = await Promise.all(ids.map((id) => send(bodyOf(id))));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
      await system.settle();
    });
    expect(spent.registrations).toBeLessThan(10);
    expect(await system.differences()).toEqual([]);
  });
});
