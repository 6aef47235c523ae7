import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIG_EVENT, type System, startSystem, textIn } from './system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await system.load();
});

afterAll(() => system.close());

/** One of the events of a few dozen registrations. */
function event(place: number): string {
  const events = system.simulator.control.events();
  const found = events.filter(({ registrations }) => registrations > 20 && registrations < 50)[place];
  if (found === undefined) throw new Error('no such event');
  return found.id;
}

const recordsKey = (partition: string) => `cache:event:${partition}:registrations`;
const heldPlan = async () => textIn((await system.api('GET', '/v1/plans?state=held')).body, 'plan');

async function full(partition: string): Promise<void> {
  await system.api('POST', `/v1/sync/main/registrations/${partition}`);
  await system.settle();
}

/** Says yes to the plan, and waits for what follows. */
async function apply(plan: string): Promise<void> {
  expect((await system.api('POST', `/v1/plans/${plan}/apply`)).status).toBe(202);
  await system.settle();
  expect((await system.api('GET', `/v1/plans/${plan}`)).body).toMatchObject({ state: 'applied' });
}

/** Everything the cache holds but locators, keys and contents. */
async function everything(): Promise<string> {
  const keys = await system.redis('KEYS', '*');
  const others = (Array.isArray(keys) ? keys.map(String) : []).filter((key) => !key.startsWith('cache:record:'));
  const contents = await Promise.all(
    others.map(async (key) => [key, (await system.redis('HGETALL', key)) ?? (await system.redis('GET', key))]),
  );
  return JSON.stringify(contents);
}

describe('what a source does not show any more', () => {
  it('stays in the cache when all of an event is missing, and a person is asked', async () => {
    const partition = event(0);
    const removals = system.simulator.control.records(partition).length;
    system.simulator.control.injectFault({
      on: 'registrations',
      fault: { kind: 'code', status: 400, code: 9280 },
      times: 1,
    });
    await full(partition);
    expect(await system.differences()).toEqual([]);
    const { body } = await system.api('GET', '/v1/plans?state=held');
    expect(body).toMatchObject({ plans: [{ partition, reason: 'absent', removals, cached: removals }] });
    const logged = system.logs.map(({ line }) => line).join('\n');
    expect(logged).toMatch(/"PlansHeld":1\b/);
    expect(logged).toMatch(new RegExp(`"DeletionsHeld":${removals}\\b`));

    const plan = await heldPlan();
    const discarded = await system.api('POST', `/v1/plans/${plan}/discard`);
    expect(discarded).toMatchObject({ status: 200, body: { plan: { state: 'discarded' } } });
    expect((await system.api('POST', `/v1/plans/${plan}/apply`)).status).toBe(409);
    expect(await system.differences()).toEqual([]);
  });

  it('leaves once a person says so and another scan finds it gone', async () => {
    const partition = event(1);
    const records = system.simulator.control.records(partition);
    const gone = records.slice(0, records.length - 3);
    for (const { id } of gone) system.simulator.control.delete(id);
    await full(partition);
    expect(await system.redis('HLEN', recordsKey(partition))).toBe(records.length);

    const plan = await heldPlan();
    const { registrations } = await system.spent(() => apply(plan));
    // One scan, and one look at each by its id.
    expect(registrations).toBe(2);
    expect(await system.differences()).toEqual([]);
    expect(await system.redis('HLEN', recordsKey(partition))).toBe(3);
  });

  it('leaves with all its traces when it is a whole event', async () => {
    const partition = event(2);
    const [record] = system.simulator.control.records(partition);
    system.simulator.control.removeEvent(partition);
    await system.host.invoke('Planner', { job: 'discover' });
    expect(await system.redis('HLEN', recordsKey(partition))).toBeGreaterThan(20);
    const { body } = await system.api('GET', '/v1/plans?state=held');
    expect(body).toMatchObject({ plans: [{ partition, reason: 'partition-gone' }] });

    await apply(await heldPlan());
    expect(await system.redis('KEYS', `*${partition}*`)).toEqual([]);
    expect(await system.redis('EXISTS', `cache:record:main:registrations:${record?.id}`)).toBe(0);
    expect((await system.api('GET', `/v1/status/main/registrations/${partition}`)).status).toBe(404);
    await system.cycleNow();
    expect(await system.redis('KEYS', `*${partition}*`)).toEqual([]);
    expect(await system.differences()).toEqual([]);
  });
});

describe('a record that is forgotten', () => {
  it('leaves every trace of its contents, and comes back only in a newer version', async () => {
    const [record] = system.simulator.control.records(BIG_EVENT);
    const id = record?.id ?? '';
    const delivered: unknown[] = [];
    system.host.services.sqs.faults.next({
      operation: 'SendMessageBatch',
      match: (input) => {
        delivered.push(...(Array.isArray(input.Entries) ? input.Entries : []));
        return false;
      },
      error: 'drop',
    });
    system.simulator.control.edit(id, { fields: { Notes: 'only-in-this-one' } });
    await system.cycleNow();
    expect(await everything()).toContain('only-in-this-one');

    expect((await system.api('POST', `/v1/forget/main/registrations/${id}`)).status).toBe(202);
    await system.settle();
    expect(await everything()).not.toContain('only-in-this-one');
    await system.host.services.sqs.call('test', 'SendMessageBatch', {
      QueueUrl: system.host.queueUrls.find((url) => url.endsWith('-scheduled')) ?? '',
      Entries: delivered.map((entry, index) => ({ ...Object(entry), Id: String(index) })),
    });
    await system.settle();
    await full(BIG_EVENT);
    await system.cycleNow();
    expect(delivered.length).toBeGreaterThan(0);
    expect(await system.differences()).toEqual([`${BIG_EVENT}/${id} is missing`]);
    expect(await everything()).not.toContain('only-in-this-one');

    system.simulator.control.edit(id, { fields: { Notes: 'newer' } });
    await system.cycleNow();
    expect(await system.differences()).toEqual([]);
  });
});
