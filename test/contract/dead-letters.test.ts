import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { DeadLetterQueue } from '../../lib/adapters/sqs/dead-letter-queue.ts';
import { SqsDeadLetters } from '../../lib/adapters/sqs/sqs-dead-letters.ts';
import { SqsTaskQueue } from '../../lib/adapters/sqs/sqs-task-queue.ts';
import { encodeTask } from '../../lib/adapters/sqs/task-codec.ts';
import { SystemClock } from '../../lib/adapters/system/system-clock.ts';
import type { Lane, Task } from '../../lib/domain/task.ts';
import { InMemoryDeadLetterNotes } from '../fakes/in-memory-dead-letter-notes.ts';
import { InMemoryDeadLetters } from '../fakes/in-memory-dead-letters.ts';
import { InMemoryTaskQueue } from '../fakes/in-memory-task-queue.ts';
import { InMemoryTelemetry } from '../fakes/in-memory-telemetry.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { SqsLanes } from '../support/sqs-lanes.ts';
import { deadLettersContract } from './dead-letters.contract.ts';

describe('InMemoryDeadLetters', () => {
  deadLettersContract(() => {
    const clock = new ManualClock();
    const tasks = new InMemoryTaskQueue();
    const notes = new InMemoryDeadLetterNotes(clock);
    const deadLetters = new InMemoryDeadLetters(tasks, notes);
    const add = (lane: Lane | 'unknown', message: Task | string): string => {
      const id = `message-${deadLetters.messages.length}`;
      const task = typeof message === 'string' ? undefined : message;
      deadLetters.messages.push({ id, lane, sentAt: clock.now(), ...(task && { task }) });
      return id;
    };
    return {
      deadLetters,
      notes,
      setAside: async (lane, message) => add(lane, message),
      stray: async (task) => add('unknown', task),
      refuse: (partition) => {
        tasks.refuses = ({ task }) => task.partition === partition;
      },
      sent: async (lane) => tasks.take(lane),
    };
  });
});

describe('SqsDeadLetters on the embedded SQS', () => {
  let lanes: SqsLanes;
  beforeAll(async () => {
    lanes = await SqsLanes.open();
  });
  beforeEach(() => lanes.empty());
  afterAll(() => lanes.close());

  deadLettersContract(() => {
    const telemetry = new InMemoryTelemetry();
    const notes = new InMemoryDeadLetterNotes(new ManualClock());
    const tasks = new SqsTaskQueue(lanes.client, lanes.urls, telemetry);
    const refused = new Set<string>();
    const deadLetters = new SqsDeadLetters(
      new DeadLetterQueue(lanes.client, lanes.deadLetterUrl),
      {
        lanes: lanes.urls,
        tasks: {
          send: async (outgoing) => {
            const held = outgoing.filter(({ task }) => refused.has(task.partition));
            return [...held, ...(await tasks.send(outgoing.filter((each) => !held.includes(each))))];
          },
        },
        notes,
        clock: new SystemClock(),
        telemetry,
      },
      { waitSeconds: 0 },
    );
    return {
      deadLetters,
      notes,
      setAside: (lane, message) => lanes.setAside(lane, typeof message === 'string' ? message : encodeTask(message)),
      stray: (task) => lanes.send(lanes.deadLetterUrl, encodeTask(task)),
      refuse: (partition) => void refused.add(partition),
      sent: (lane) => lanes.take(lane),
    };
  });
});
