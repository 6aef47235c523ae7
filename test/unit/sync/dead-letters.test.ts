import { expect, it } from 'vitest';
import type { Task } from '../../../lib/domain/task.ts';
import { discardDeadLetters, listDeadLetters, redriveDeadLetters } from '../../../lib/sync/dead-letters.ts';
import { InMemoryDeadLetterNotes } from '../../fakes/in-memory-dead-letter-notes.ts';
import { InMemoryDeadLetters } from '../../fakes/in-memory-dead-letters.ts';
import { InMemoryTaskQueue } from '../../fakes/in-memory-task-queue.ts';
import { InMemoryTelemetry } from '../../fakes/in-memory-telemetry.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';

const TASK: Task = { task: 'window', connection: 'main', stream: 'registrations', partition: '443', reason: 'due' };

function setUp() {
  const clock = new ManualClock();
  const telemetry = new InMemoryTelemetry();
  const deadLetters = new InMemoryDeadLetters(new InMemoryTaskQueue(), new InMemoryDeadLetterNotes(clock));
  deadLetters.messages.push({ id: 'good', lane: 'scheduled', task: TASK, sentAt: clock.now() });
  deadLetters.messages.push({ id: 'poison', lane: 'scheduled', sentAt: clock.now() });
  return { deadLetters, telemetry };
}

it('a redrive is logged and counted', async () => {
  const ports = setUp();
  expect(await redriveDeadLetters(ports, { limit: 10 })).toEqual({ redriven: 1, left: 1 });
  expect(ports.telemetry.sum('TasksRedriven')).toBe(1);
  expect(ports.telemetry.logs).toMatchObject([{ message: 'dead letters redriven', fields: { redriven: 1, left: 1 } }]);
});

it('what is discarded is logged by name, and gone', async () => {
  const ports = setUp();
  expect(await discardDeadLetters(ports, ['poison', 'nobody'])).toBe(1);
  expect(ports.telemetry.logs).toMatchObject([{ fields: { discarded: 1, ids: ['poison', 'nobody'] } }]);
  expect(await listDeadLetters(ports, 10)).toMatchObject({ letters: [{ id: 'good' }], more: false, total: 1 });
});
