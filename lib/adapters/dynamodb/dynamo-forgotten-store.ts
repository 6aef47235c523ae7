import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TABLE_KEYS } from '../../config/environment.ts';
import { EPOCH } from '../../domain/instant.ts';
import type { StreamKey } from '../../domain/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ForgottenRecord, ForgottenStore } from '../../ports/forgotten-store.ts';
import { type Item, number, readInstant, readText, text } from './attributes.ts';
import { inTurns } from './in-turns.ts';
import { FORGOTTEN_PREFIX, forgottenItemKey, streamPk } from './keys.ts';
import { Table } from './table.ts';

/** The item of a forgotten record, version 1: v version · pa partition · sp stamp · at instant. */
const FORGOTTEN_ITEM_VERSION = 1;

/** Forgotten records as items of one DynamoDB table, under their stream. */
export class DynamoForgottenStore implements ForgottenStore {
  readonly #table: Table;

  constructor(client: DynamoDBClient, tableName: string, clock: Clock) {
    this.#table = new Table(client, tableName, clock);
  }

  async put(stream: StreamKey, record: ForgottenRecord): Promise<void> {
    await this.#table.update({
      key: forgottenItemKey(stream, record.record),
      set: ['#v = :v', '#pa = :partition', '#sp = :stamp', '#at = :at'],
      condition: 'attribute_not_exists(#sp) OR #sp < :stamp',
      values: {
        v: number(FORGOTTEN_ITEM_VERSION),
        partition: text(record.partition),
        stamp: text(record.stamp),
        at: number(record.at),
      },
    });
  }

  async list(stream: StreamKey): Promise<readonly ForgottenRecord[]> {
    const found: ForgottenRecord[] = [];
    let after: string | undefined;
    do {
      const page = await this.#table.list({ pk: streamPk(stream), prefix: FORGOTTEN_PREFIX, after, consistent: true });
      found.push(...page.items.map(readForgotten));
      after = page.next;
    } while (after !== undefined);
    return found;
  }

  async remove(stream: StreamKey, records: readonly string[]): Promise<void> {
    await inTurns([...new Set(records)], (record) => this.#table.remove(forgottenItemKey(stream, record)));
  }
}

function readForgotten(item: Item): ForgottenRecord {
  return {
    record: (readText(item, TABLE_KEYS.sortKey) ?? '').slice(FORGOTTEN_PREFIX.length),
    partition: readText(item, 'pa') ?? '',
    stamp: readText(item, 'sp') ?? '',
    at: readInstant(item, 'at') ?? EPOCH,
  };
}
