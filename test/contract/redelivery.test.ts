import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SqsRedelivery } from '../../lib/adapters/sqs/sqs-redelivery.ts';
import { InMemoryRedelivery } from '../fakes/in-memory-redelivery.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { present } from '../support/present.ts';
import { SqsLanes } from '../support/sqs-lanes.ts';
import { redeliveryContract } from './redelivery.contract.ts';

describe('InMemoryRedelivery', () => {
  redeliveryContract(() => {
    const clock = new ManualClock();
    const redelivery = new InMemoryRedelivery(clock);
    return {
      redelivery,
      deliver: async () => redelivery.deliver('scheduled'),
      receive: async () => redelivery.take('scheduled'),
      pass: async (ms) => clock.advance(ms),
    };
  });
});

describe('SqsRedelivery on the embedded SQS', () => {
  let lanes: SqsLanes;
  beforeAll(async () => {
    lanes = await SqsLanes.open();
    // Here a message must come back instead of being set aside.
    const Attributes = { RedrivePolicy: '' };
    await lanes.sqs.call('test', 'SetQueueAttributes', { QueueUrl: lanes.urls.scheduled, Attributes });
  });
  beforeEach(() => lanes.empty());
  afterAll(() => lanes.close());

  redeliveryContract(() => ({
    redelivery: new SqsRedelivery(lanes.client, lanes.urls),
    deliver: async () => {
      await lanes.send(lanes.urls.scheduled, '{}');
      return present(await lanes.receive('scheduled', 720), 'the message');
    },
    receive: () => lanes.receive('scheduled', 720),
    pass: (ms) => sleep(ms),
  }));

  it('names a passing failure as one', async () => {
    lanes.sqs.faults.next({ operation: 'ChangeMessageVisibility', error: 'RequestThrottled' });
    const redelivery = new SqsRedelivery(lanes.client, lanes.urls);
    await expect(redelivery.comeBackAfter({ lane: 'scheduled', receipt: 'any' }, 0)).rejects.toMatchObject({
      code: 'queue-unavailable',
      retryable: true,
    });
  });
});
