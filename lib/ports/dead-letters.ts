import type { Instant } from '../domain/instant.ts';
import type { PartitionKey } from '../domain/names.ts';
import type { Lane, Task } from '../domain/task.ts';

/** The reason of a message that says nothing understandable. */
export const BAD_MESSAGE = 'bad-message';

/** The reason where none was noted: whoever carried the task out ended before it could say anything. */
export const NO_ANSWER = 'no-answer';

/** A message that was set aside after its last delivery. Never its body. */
export interface DeadLetter {
  /** The message's id at the queue. */
  readonly id: string;
  readonly lane: Lane | 'unknown';
  readonly task?: Task['task'];
  readonly key?: PartitionKey;
  /** The code of its last failure, `bad-message`, or `no-answer`. */
  readonly reason: string;
  /** When its last attempt failed. */
  readonly at?: Instant;
  readonly sentAt: Instant;
}

export interface DeadLetterList {
  readonly letters: readonly DeadLetter[];
  /** Whether the queue holds others. */
  readonly more: boolean;
  /** Approximate. */
  readonly total: number;
}

export interface RedriveOptions {
  /** The most tasks to send. */
  readonly limit: number;
  /** Only these; an empty list names none. @default - any */
  readonly ids?: readonly string[];
}

export interface Redriven {
  readonly redriven: number;
  /** Looked at and still there, because they were not understood or could not be sent. */
  readonly left: number;
}

/**
 * The messages that were set aside. Every call looks through the queue for a bounded time and sees what it meets there:
 * what others look at in the same seconds, or what has just arrived, may be missing.
 */
export interface DeadLetters {
  list(limit: number): Promise<DeadLetterList>;
  /**
   * Sends tasks to their lane again without the records they carried, which are re-read, and then deletes them here: a
   * crash in between doubles a task, which is harmless, and never loses one. What is not understood stays.
   * @throws Failure when the queue does not answer; what was sent until then stays sent
   */
  redrive(options: RedriveOptions): Promise<Redriven>;
  /** Deletes messages for good. @returns how many were found and deleted */
  discard(ids: readonly string[]): Promise<number>;
}
