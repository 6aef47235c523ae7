import { partitionKey } from '../domain/names.ts';
import { isLastReceive, returnAfterMs } from '../domain/redelivery.ts';
import type { Task } from '../domain/task.ts';
import type { DeadLetterNotes } from '../ports/dead-letter-notes.ts';
import type { Delivery, Redelivery } from '../ports/redelivery.ts';
import type { Slice, SyncPorts } from './sync-context.ts';

/** What giving messages back needs besides the ports of syncing. */
export interface GivingBack {
  readonly notes: DeadLetterNotes;
  readonly redelivery: Redelivery;
  /** The least time after which a message comes back that failed for a passing reason. */
  readonly retryMs: number;
}

export interface FailedDelivery extends Delivery {
  /** The message's id. */
  readonly id: string;
  /** Deliveries so far, this one included. */
  readonly receives: number;
  /** Absent when the message was not understood. */
  readonly task?: Task;
}

export interface TaskFailure {
  readonly code: string;
  readonly retryable: boolean;
}

type GiveBackPorts = Pick<SyncPorts, 'clock' | 'randomness' | 'telemetry'>;

/** What three attempts at one request may take. Whoever has less left must not be held up: the whole batch would fail. */
const RESERVE_MS = 16_000;

/**
 * Deals with a message that failed, on top of its going back to its queue: the last time it says why, so that whoever
 * finds it set aside knows; before that, one that failed for a passing reason comes back soon. Never fails: without all
 * this the message comes back later, and is set aside without a reason.
 */
export async function giveBack(
  ports: GiveBackPorts,
  givingBack: GivingBack,
  delivery: FailedDelivery,
  failure: TaskFailure,
  slice: Slice,
): Promise<void> {
  if (slice.remainingMs() < RESERVE_MS) return;
  try {
    if (isLastReceive(delivery.receives)) await setAside(ports, givingBack, delivery, failure.code);
    else if (failure.retryable) await comeBackSoon(ports, givingBack, delivery);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    ports.telemetry.log('warn', 'message given back as it is', { message: delivery.id, reason });
  }
}

async function setAside(
  { clock, telemetry }: GiveBackPorts,
  { notes, redelivery }: GivingBack,
  delivery: FailedDelivery,
  code: string,
): Promise<void> {
  const { id, lane, task } = delivery;
  const about = task && { task: task.task, key: partitionKey(task, task.partition) };
  telemetry.log('error', 'task set aside', { message: id, lane, task: about?.task, ...about?.key, code });
  await notes.put({ id, lane, ...about, code, at: clock.now() });
  // Nobody tries it again: the sooner its queue notices, the sooner the alarm does.
  await redelivery.comeBackAfter(delivery, 0);
}

async function comeBackSoon(
  { randomness }: GiveBackPorts,
  { redelivery, retryMs }: GivingBack,
  delivery: FailedDelivery,
): Promise<void> {
  const delayMs = returnAfterMs(delivery.receives, retryMs, randomness.fraction());
  if (delayMs !== undefined) await redelivery.comeBackAfter(delivery, delayMs);
}
