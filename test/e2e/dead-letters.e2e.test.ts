import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { objectOf } from '../../infra/local/services/json.ts';
import { DynamoDeadLetterNotes } from '../../lib/adapters/dynamodb/dynamo-dead-letter-notes.ts';
import { DeadLetterQueue } from '../../lib/adapters/sqs/dead-letter-queue.ts';
import { SqsDeadLetters } from '../../lib/adapters/sqs/sqs-dead-letters.ts';
import { SqsTaskQueue } from '../../lib/adapters/sqs/sqs-task-queue.ts';
import { encodeTask } from '../../lib/adapters/sqs/task-codec.ts';
import { SystemClock } from '../../lib/adapters/system/system-clock.ts';
import type { Lane, Task } from '../../lib/domain/task.ts';
import { InMemoryTelemetry } from '../fakes/in-memory-telemetry.ts';
import { present } from '../support/present.ts';
import { localDynamoDbClient } from '../support/state-table.ts';
import { type System, startSystem } from './system.ts';

const SETTLE_MS = 60_000;

let system: System;
let client: SQSClient;

beforeAll(async () => {
  system = await startSystem();
  await system.load();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new SQSClient({ region: 'eu-central-1', endpoint: system.host.endpoints.sqs, credentials });
});

afterAll(async () => {
  client.destroy();
  await system.close();
});

const queueUrl = (name: string) =>
  present(
    system.host.queueUrls.find((url) => url.endsWith(`-${name}`)),
    name,
  );

/** The adapters the functions use, on the same queues and the same table. */
function deadLetters(): SqsDeadLetters {
  const clock = new SystemClock();
  const lanes = {
    priority: queueUrl('priority'),
    scheduled: queueUrl('scheduled'),
    imports: queueUrl('imports'),
    slow: queueUrl('slow'),
  };
  const table = present(system.host.tableNames[0], 'the table');
  return new SqsDeadLetters(new DeadLetterQueue(client, queueUrl('dead-letters')), {
    lanes,
    tasks: new SqsTaskQueue(client, lanes),
    notes: new DynamoDeadLetterNotes(localDynamoDbClient(system.host.endpoints.dynamodb), table, clock),
    clock,
    telemetry: new InMemoryTelemetry(),
  });
}

/** Asks for one re-read of each of so many events. */
function windows(count: number): readonly Task[] {
  const events = system.simulator.control.events().slice(0, count);
  const stream = { connection: 'main', stream: 'registrations' };
  return events.map(({ id }) => ({ ...stream, partition: id, task: 'window', reason: 'due' }));
}

function send(...bodies: readonly string[]): Promise<void> {
  return sendOn('scheduled', ...bodies);
}

async function sendOn(lane: Lane, ...bodies: readonly string[]): Promise<void> {
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  await system.host.services.sqs.call('test', 'SendMessageBatch', { QueueUrl: queueUrl(lane), Entries });
}

it('a task on the slow lane is carried out by the function that has the time', async () => {
  const spent = await system.spent(async () => {
    await sendOn('slow', ...windows(2).map(encodeTask));
    await system.host.settle(SETTLE_MS);
  });
  expect(spent.registrations).toBe(2);
  await expect.poll(() => system.logs.some(({ function: name }) => name.startsWith('Slow'))).toBe(true);
});

it('a message that nobody understands is set aside alone, after five receives, and its nine neighbours are done once', async () => {
  const poison = '{"v":1,"task":"window","partition":"1 || ID != 0"}';
  const spent = await system.spent(async () => {
    await send(...windows(9).map(encodeTask), poison);
    await system.host.settle(SETTLE_MS);
  });
  expect(spent.registrations).toBe(9);
  const { letters } = await deadLetters().list(20);
  expect(letters).toMatchObject([{ lane: 'scheduled', reason: 'bad-message', at: expect.any(Number) }]);
  const refused = () => system.logs.filter(({ line }) => line.includes('message not understood'));
  await expect.poll(refused).toHaveLength(5);
  expect(await deadLetters().discard(letters.map(({ id }) => id))).toBe(1);
});

it('a task that cannot be carried out five times is set aside with its reason, and done once it is sent again', async () => {
  const [task] = windows(1);
  const { partition } = present(task, 'an event');
  system.host.services.dynamodb.faults.next({
    operation: 'UpdateItem',
    error: 'InternalServerError',
    match: (input) => objectOf(objectOf(input.Key)?.sk)?.S === `partition#${partition}`,
    count: 1_000,
  });
  const shortened = () => system.host.services.sqs.meter.requests.of('functions/ChangeMessageVisibility');
  const before = shortened();
  await send(encodeTask(present(task, 'an event')));
  await system.host.settle(SETTLE_MS);
  // After three receives it comes back sooner than by itself, after the fourth it does not, after the last it must go.
  expect(shortened() - before).toBe(4);
  system.host.services.dynamodb.faults.clear();
  const { letters } = await deadLetters().list(20);
  const key = { connection: 'main', stream: 'registrations', partition };
  expect(letters).toMatchObject([{ lane: 'scheduled', task: 'window', key, reason: 'store-unavailable' }]);

  const spent = await system.spent(async () => {
    expect(await deadLetters().redrive({ limit: 10 })).toEqual({ redriven: 1, left: 0 });
    await system.host.settle(SETTLE_MS);
  });
  expect(spent.registrations).toBe(1);
  expect(await deadLetters().list(20)).toMatchObject({ letters: [], more: false });
});
