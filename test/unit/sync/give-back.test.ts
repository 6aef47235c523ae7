import { describe, expect, it } from 'vitest';
import { returnAfterMs } from '../../../lib/domain/redelivery.ts';
import type { Task } from '../../../lib/domain/task.ts';
import type { DeadLetterNotes } from '../../../lib/ports/dead-letter-notes.ts';
import { giveBack, type TaskFailure } from '../../../lib/sync/give-back.ts';
import { InMemoryDeadLetterNotes } from '../../fakes/in-memory-dead-letter-notes.ts';
import { InMemoryRedelivery } from '../../fakes/in-memory-redelivery.ts';
import { InMemoryTelemetry } from '../../fakes/in-memory-telemetry.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { SeededRandomness } from '../../fakes/seeded-randomness.ts';

const TASK: Task = { task: 'window', connection: 'main', stream: 'registrations', partition: '443', reason: 'due' };
const PASSING: TaskFailure = { code: 'cache-unavailable', retryable: true };
const LASTING: TaskFailure = { code: 'unexpected', retryable: false };
const QUEUE_OWN_MS = 720_000;

function setUp() {
  const clock = new ManualClock();
  const telemetry = new InMemoryTelemetry();
  const notes = new InMemoryDeadLetterNotes(clock);
  const redelivery = new InMemoryRedelivery(clock);
  const ports = { clock, telemetry, randomness: new SeededRandomness(3) };
  const give = async (
    receives: number,
    failure: TaskFailure,
    changes: { notes?: DeadLetterNotes; leftMs?: number } = {},
  ) => {
    const delivery = { ...redelivery.deliver('scheduled'), id: 'message-1', receives, task: TASK };
    const slice = { owner: 'invocation-1', remainingMs: () => changes.leftMs ?? 60_000 };
    await giveBack(ports, { notes, redelivery, retryMs: 30_000, ...changes }, delivery, failure, slice);
    return { hiddenMs: (redelivery.hiddenUntil(delivery.receipt) ?? 0) - clock.now() };
  };
  return { clock, telemetry, notes, give };
}

describe('the time after which a failed message comes back', () => {
  it.each([
    [1, 30_000, 60_000],
    [2, 60_000, 120_000],
    [3, 60_000, 120_000],
  ])('is jittered, and longer later: after %i deliveries %i to %i ms', (receives, least, most) => {
    expect(returnAfterMs(receives, 30_000, 0)).toBe(least);
    expect(returnAfterMs(receives, 30_000, 0.999_999)).toBe(most - 1);
  });

  it('is the queue’s own before the last delivery, so that a fault of ten minutes is outlived', () => {
    expect(returnAfterMs(4, 30_000, 0)).toBeUndefined();
    const soonestMs = [1, 2, 3].reduce((sum, receives) => sum + (returnAfterMs(receives, 30_000, 0) ?? 0), 0);
    expect(soonestMs + QUEUE_OWN_MS).toBeGreaterThan(600_000);
  });
});

describe('a message that failed', () => {
  it('comes back soon for a passing reason, and else in its queue’s own time', async () => {
    const { give, notes } = setUp();
    expect((await give(1, PASSING)).hiddenMs).toBeLessThanOrEqual(60_000);
    expect((await give(4, PASSING)).hiddenMs).toBe(QUEUE_OWN_MS);
    expect((await give(1, LASTING)).hiddenMs).toBe(QUEUE_OWN_MS);
    expect((await notes.find(['message-1'])).size).toBe(0);
  });

  it.each([PASSING, LASTING])('the last time is noted with its reason and set aside at once: %j', async (failure) => {
    const { give, notes, clock, telemetry } = setUp();
    expect((await give(5, failure)).hiddenMs).toBe(0);
    const { task, connection, stream, partition } = TASK;
    const about = { task, key: { connection, stream, partition } };
    expect(await notes.find(['message-1'])).toEqual(
      new Map([['message-1', { id: 'message-1', lane: 'scheduled', ...about, code: failure.code, at: clock.now() }]]),
    );
    expect(telemetry.logs.at(-1)).toMatchObject({ level: 'error', message: 'task set aside', fields: { partition } });
  });

  it('is given back as it is when the note cannot be written', async () => {
    const { give, telemetry } = setUp();
    const down = { find: async () => new Map(), put: () => Promise.reject(new Error('table down')) };
    expect((await give(5, PASSING, { notes: down })).hiddenMs).toBe(QUEUE_OWN_MS);
    expect(telemetry.logs.at(-1)).toMatchObject({ level: 'warn', fields: { reason: 'table down' } });
  });

  it('holds nobody up when the invocation is about to end', async () => {
    const { give, notes } = setUp();
    expect((await give(5, PASSING, { leftMs: 10_000 })).hiddenMs).toBe(QUEUE_OWN_MS);
    expect((await notes.find(['message-1'])).size).toBe(0);
  });
});
