import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../ports/clock.ts';
import type { DeadLetterNote, DeadLetterNotes } from '../../ports/dead-letter-notes.ts';
import { encodeNote, readNote } from './dead-letter-item.ts';
import { isExpired } from './expiry.ts';
import { deadLetterItemKey } from './keys.ts';
import { Table } from './table.ts';

/** Notes about messages that were set aside as items of one DynamoDB table. */
export class DynamoDeadLetterNotes implements DeadLetterNotes {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(client: DynamoDBClient, tableName: string, clock: Clock) {
    this.#table = new Table(client, tableName, clock);
    this.#clock = clock;
  }

  /** @throws StoreFailure */
  async put(note: DeadLetterNote): Promise<void> {
    await this.#table.put(deadLetterItemKey(note.id), encodeNote(note, this.#clock.now()));
  }

  /** Consistent: a note is read in the moment its message appears. @throws StoreFailure */
  async find(ids: readonly string[]): Promise<ReadonlyMap<string, DeadLetterNote>> {
    const now = this.#clock.now();
    const items = await this.#table.getMany([...new Set(ids)].map(deadLetterItemKey));
    const notes = items.filter((item) => !isExpired(item, now)).map(readNote);
    return new Map(notes.map((note) => [note.id, note]));
  }
}
