import { describe, expect, it } from 'vitest';
import { runBatch } from '../../../functions/sync/sync-batch.ts';
import { encodeTask } from '../../../lib/adapters/sqs/task-codec.ts';
import { Failure } from '../../../lib/domain/failure.ts';
import { plusMs } from '../../../lib/domain/instant.ts';
import { partitionKey } from '../../../lib/domain/names.ts';
import type { Task } from '../../../lib/domain/task.ts';
import type { PartitionStore } from '../../../lib/ports/partition-store.ts';
import { newRunId } from '../../../lib/sync/new-run-id.ts';
import { present } from '../../support/present.ts';
import { LIBRARY, World } from '../../support/world.ts';

/** A record of an SQS event as Lambda delivers it. */
function sqsRecord(messageId: string, body: string, receives = 1, receiptHandle = 'AQEB…') {
  return {
    messageId,
    receiptHandle,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: '1763707620000',
      SenderId: 'AROA:tidemark-planner',
      ApproximateFirstReceiveTimestamp: '1763707620100',
    },
    messageAttributes: {},
    md5OfBody: 'd41d8cd98f00b204e9800998ecf8427e',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:tidemark-prod-scheduled',
    awsRegion: 'eu-central-1',
  };
}

async function worldWithChanges(): Promise<{ readonly world: World; readonly tasks: readonly Task[] }> {
  const world = new World();
  const long = plusMs(world.server.now(), -86_400_000);
  for (const shelf of ['a', 'b', 'c']) world.server.put(`${shelf}1`, shelf, 'book', long);
  await world.load();
  for (const shelf of ['a', 'b', 'c']) world.server.put(`${shelf}1`, shelf, 'edited');
  world.clock.advance(300_000);
  await world.plan();
  return { world, tasks: world.take() };
}

/** The world in which one partition cannot be worked on. */
function withoutPartition(world: World, partition: string, error: Error) {
  const partitions = new Proxy(world.ports.partitions, {
    get: (store, name) => {
      if (name === 'acquire') {
        return (...[key, ...rest]: Parameters<PartitionStore['acquire']>) =>
          key.partition === partition ? Promise.reject(error) : store.acquire(key, ...rest);
      }
      const member: unknown = Reflect.get(store, name);
      return typeof member === 'function' ? member.bind(store) : member;
    },
  });
  return { sources: world.sources, givingBack: world.givingBack, ports: { ...world.ports, partitions } };
}

const DOWN = new Failure('no answer', { code: 'store-unavailable', retryable: true });

const slice = { owner: 'request-1', remainingMs: () => 100_000 };

describe('the sync function', () => {
  it('carries out a batch and reports nothing to be delivered again', async () => {
    const { world, tasks } = await worldWithChanges();
    const records = tasks.map((task, index) => sqsRecord(`message-${index}`, encodeTask(task)));
    expect(records).toHaveLength(3);
    expect(await runBatch(world, records, slice)).toEqual({ batchItemFailures: [] });
    for (const shelf of ['a', 'b', 'c']) expect(world.cached(shelf)).toEqual(world.server.truth(shelf));
  });

  it('on the slow lane begins no further step that a slow answer would keep from its end', async () => {
    const world = new World({ slow: true, coverage: 'partition' });
    for (const book of ['a1', 'a2', 'a3', 'a4', 'a5']) world.server.put(book, 'a', 'book');
    await world.load();
    world.server.pageSize = 2;
    const key = partitionKey(LIBRARY, 'a');
    const { run } = await world.partitions.requestForce(key, newRunId(world.ports));
    const calls = world.calls();
    const record = sqsRecord('message-1', encodeTask({ ...key, task: 'full', run }));
    const slow = { ...record, eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:tidemark-prod-slow' };
    await runBatch(world, [slow], { owner: 'request-1', remainingMs: () => 300_000 });
    expect(world.calls() - calls).toBe(1);
    expect(world.queue.sent).toEqual([{ task: { ...key, task: 'full', run }, lane: 'slow' }]);
  });

  it('sends back the poison message alone, and says what is wrong without its values', async () => {
    const { world, tasks } = await worldWithChanges();
    const good = tasks.map((task, index) => sqsRecord(`good-${index}`, encodeTask(task)));
    const batch = [
      ...good,
      sqsRecord('poison', '{"v":1,"task":"apply","secret":"Nguyễn"}'),
      sqsRecord('torn', '{"v":'),
    ];
    expect(await runBatch(world, batch, slice)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'poison' }, { itemIdentifier: 'torn' }],
    });
    expect(JSON.stringify(world.telemetry.logs)).not.toContain('Nguyễn');
    for (const shelf of ['a', 'b', 'c']) expect(world.cached(shelf)).toEqual(world.server.truth(shelf));
  });

  it('sends back the message whose partition failed, and applies the others', async () => {
    const { world, tasks } = await worldWithChanges();
    const records = tasks.map((task) => sqsRecord(task.partition, encodeTask(task)));
    const runtime = withoutPartition(world, 'b', new Error('out of order'));
    expect(await runBatch(runtime, records, slice)).toEqual({ batchItemFailures: [{ itemIdentifier: 'b' }] });
    expect(world.cached('a')).toEqual(world.server.truth('a'));
    expect(world.cached('b')).not.toEqual(world.server.truth('b'));
  });

  it('logs which partition failed, and why', async () => {
    const { world, tasks } = await worldWithChanges();
    const records = tasks.map((task) => sqsRecord(task.partition, encodeTask(task)));
    await runBatch(withoutPartition(world, 'b', DOWN), records, slice);
    const told = { ...LIBRARY, partition: 'b', task: 'apply', code: 'store-unavailable', reason: 'no answer' };
    expect(world.telemetry.logs.filter(({ level }) => level === 'error')).toEqual([
      { level: 'error', message: 'task failed', fields: told },
    ]);
  });

  it('notes why a message failed that is not delivered again, and none of its neighbours', async () => {
    const { world, tasks } = await worldWithChanges();
    const receipt = () => world.redelivery.deliver('scheduled').receipt;
    const batch = [
      ...tasks.map((task) => sqsRecord(task.partition, encodeTask(task), 5, receipt())),
      sqsRecord('poison', '{"v":', 5, receipt()),
    ];
    const { batchItemFailures } = await runBatch(withoutPartition(world, 'b', DOWN), batch, slice);
    expect(batchItemFailures).toEqual([{ itemIdentifier: 'b' }, { itemIdentifier: 'poison' }]);
    const [lane, at, key] = ['scheduled', world.clock.now(), { ...LIBRARY, partition: 'b' }] as const;
    expect(await world.notes.find(batch.map(({ messageId }) => messageId))).toEqual(
      new Map([
        ['poison', { id: 'poison', lane, code: 'bad-message', at }],
        ['b', { id: 'b', lane, task: 'apply', key, code: 'store-unavailable', at }],
      ]),
    );
  });

  it('lets a message come back soon that failed for a passing reason, and no other', async () => {
    const { world, tasks } = await worldWithChanges();
    const [failing, poison, good] = ['b', 'poison', 'a'].map(() => world.redelivery.deliver('scheduled').receipt);
    const bodyOf = (partition: string) =>
      encodeTask(
        present(
          tasks.find((task) => task.partition === partition),
          'task',
        ),
      );
    const batch = [
      sqsRecord('failing', bodyOf('b'), 1, failing),
      sqsRecord('poison', '{"v":', 1, poison),
      sqsRecord('good', bodyOf('a'), 1, good),
    ];
    const hiddenMs = (receipt = '') => (world.redelivery.hiddenUntil(receipt) ?? 0) - world.clock.now();
    expect((await runBatch(withoutPartition(world, 'b', DOWN), batch, slice)).batchItemFailures).toHaveLength(2);
    expect(hiddenMs(failing)).toBeGreaterThanOrEqual(30_000);
    expect(hiddenMs(failing)).toBeLessThanOrEqual(60_000);
    expect([hiddenMs(poison), hiddenMs(good)]).toEqual([720_000, 720_000]);
    expect((await world.notes.find(['failing', 'poison'])).size).toBe(0);
  });

  it('plans a stream at once when somebody asked for it', async () => {
    const { world } = await worldWithChanges();
    world.server.put('a1', 'a', 'edited again');
    await world.streams.makeDue(LIBRARY);
    const plan = encodeTask({ ...LIBRARY, partition: '*', task: 'plan' });
    expect(await runBatch(world, [sqsRecord('plan', plan)], slice)).toEqual({ batchItemFailures: [] });
    expect(world.take().map(({ task, partition }) => [task, partition])).toEqual([['apply', 'a']]);
  });
});
