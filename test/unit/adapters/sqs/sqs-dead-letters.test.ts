import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DeadLetterQueue } from '../../../../lib/adapters/sqs/dead-letter-queue.ts';
import type { SweepRule } from '../../../../lib/adapters/sqs/dead-letter-sweep.ts';
import { SqsDeadLetters } from '../../../../lib/adapters/sqs/sqs-dead-letters.ts';
import { SqsTaskQueue } from '../../../../lib/adapters/sqs/sqs-task-queue.ts';
import { encodeTask } from '../../../../lib/adapters/sqs/task-codec.ts';
import { SystemClock } from '../../../../lib/adapters/system/system-clock.ts';
import type { Clock } from '../../../../lib/ports/clock.ts';
import { apply } from '../../../contract/task-queue.contract.ts';
import { InMemoryDeadLetterNotes } from '../../../fakes/in-memory-dead-letter-notes.ts';
import { InMemoryTelemetry } from '../../../fakes/in-memory-telemetry.ts';
import { ManualClock } from '../../../fakes/manual-clock.ts';
import { SqsLanes } from '../../../support/sqs-lanes.ts';

let lanes: SqsLanes;
beforeAll(async () => {
  lanes = await SqsLanes.open();
});
beforeEach(() => lanes.empty());
afterAll(() => lanes.close());

function setUp(rule: Partial<SweepRule> = {}, clock: Clock = new SystemClock()) {
  const telemetry = new InMemoryTelemetry();
  const notes = new InMemoryDeadLetterNotes(clock);
  const tasks = new SqsTaskQueue(lanes.client, lanes.urls, telemetry);
  const queue = new DeadLetterQueue(lanes.client, lanes.deadLetterUrl);
  const around = { lanes: lanes.urls, tasks, notes, clock, telemetry };
  return { telemetry, deadLetters: new SqsDeadLetters(queue, around, { waitSeconds: 0, ...rule }) };
}

async function setAside(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await lanes.setAside('scheduled', encodeTask(apply('H4sI', String(index))));
  }
}

describe('SqsDeadLetters', () => {
  it('doubles a task when it is stopped between sending and deleting, and loses none', async () => {
    const { deadLetters } = setUp();
    await setAside(1);
    lanes.sqs.faults.next({ operation: 'DeleteMessageBatch', error: 'ServiceUnavailable' });
    await expect(deadLetters.redrive({ limit: 10 })).rejects.toMatchObject({ code: 'queue-unavailable' });
    expect(await lanes.waiting()).toEqual({ visible: 1, hidden: 0 });
    expect(await deadLetters.redrive({ limit: 10 })).toEqual({ redriven: 1, left: 0 });
    expect(await lanes.waiting()).toEqual({ visible: 0, hidden: 0 });
    expect(await lanes.take('scheduled')).toHaveLength(2);
  });

  it('shows what it looked at again, also when looking fails midway', async () => {
    const { deadLetters } = setUp();
    await setAside(15);
    const second = { seen: 0 };
    lanes.sqs.faults.next({
      operation: 'ReceiveMessage',
      error: 'ServiceUnavailable',
      match: () => {
        second.seen += 1;
        return second.seen === 2;
      },
    });
    await expect(deadLetters.list(20)).rejects.toMatchObject({ code: 'queue-unavailable' });
    expect(await lanes.waiting()).toEqual({ visible: 15, hidden: 0 });
  });

  it('lists all the same when what it looked at stays hidden for a while', async () => {
    const { deadLetters, telemetry } = setUp();
    await setAside(1);
    lanes.sqs.faults.next({ operation: 'ChangeMessageVisibilityBatch', error: 'RequestThrottled' });
    expect((await deadLetters.list(10)).letters).toHaveLength(1);
    expect(telemetry.logs).toMatchObject([{ level: 'warn', message: 'dead letters stay hidden for a while' }]);
    expect(await deadLetters.list(10)).toMatchObject({ letters: [], total: 1 });
  });

  it('stops when its time is over, and says that there are others', async () => {
    const hurried = new ManualClock();
    // Every look at the clock takes a second.
    const clock: Clock = {
      now: () => hurried.now(),
      sleep: (ms) => hurried.sleep(ms),
      monotonicMs: () => {
        hurried.advance(1_000);
        return hurried.monotonicMs();
      },
    };
    await setAside(25);
    const { letters, more } = await setUp({ mostMs: 2_500 }, clock).deadLetters.list(100);
    expect(letters).toHaveLength(20);
    expect(more).toBe(true);
    expect(await lanes.waiting()).toEqual({ visible: 25, hidden: 0 });
  });

  it('meets no message twice that comes into view again while it looks', async () => {
    const { deadLetters } = setUp({ hiddenSeconds: 0, mostMs: 200 });
    await setAside(3);
    expect((await deadLetters.list(10)).letters).toHaveLength(3);
  });
});
