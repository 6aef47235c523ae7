import type { Instant } from '../domain/instant.ts';
import type { PartitionKey } from '../domain/names.ts';
import type { Lane, Task } from '../domain/task.ts';

/** Why a message failed the last time it was delivered. */
export interface DeadLetterNote {
  /** The message's id, which it keeps when it is set aside. */
  readonly id: string;
  readonly lane: Lane;
  /** Absent, as the key, for a message that says nothing understandable. */
  readonly task?: Task['task'];
  readonly key?: PartitionKey;
  readonly code: string;
  readonly at: Instant;
}

/** Notes about messages that were set aside, kept 14 days: as long as the messages. */
export interface DeadLetterNotes {
  /** Writes over what was noted of the message before. */
  put(note: DeadLetterNote): Promise<void>;
  /** @returns the notes there are, by message id */
  find(ids: readonly string[]): Promise<ReadonlyMap<string, DeadLetterNote>>;
}
