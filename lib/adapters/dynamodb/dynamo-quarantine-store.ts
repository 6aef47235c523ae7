import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TABLE_KEYS } from '../../config/environment.ts';
import type { Instant } from '../../domain/instant.ts';
import type { StreamKey } from '../../domain/names.ts';
import type { RejectedRecord } from '../../domain/record.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Quarantined, QuarantineStore } from '../../ports/quarantine-store.ts';
import { number, readText } from './attributes.ts';
import { inTurns } from './in-turns.ts';
import { QUARANTINE_PREFIX, quarantineItemKey, streamPk } from './keys.ts';
import { encodeRejected, QUARANTINE_ITEM_VERSION, readQuarantined } from './quarantine-item.ts';
import { Table } from './table.ts';

/** Quarantined records as items of one DynamoDB table, listed in the order of their ids. */
export class DynamoQuarantineStore implements QuarantineStore {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(client: DynamoDBClient, tableName: string, clock: Clock) {
    this.#table = new Table(client, tableName, clock);
    this.#clock = clock;
  }

  /** A record that is given twice in one call counts once. */
  async put(stream: StreamKey, records: readonly RejectedRecord[]): Promise<void> {
    const now = this.#clock.now();
    const distinct = new Map(records.map((record) => [record.id, record]));
    await inTurns([...distinct.values()], (record) => this.#putOne(stream, record, now));
  }

  /** @param limit at least 1 */
  async list(stream: StreamKey, limit: number): Promise<readonly Quarantined[]> {
    const found: Quarantined[] = [];
    let after: string | undefined;
    do {
      const page = await this.#table.list({
        pk: streamPk(stream),
        prefix: QUARANTINE_PREFIX,
        after,
        limit: limit - found.length,
      });
      for (const item of page.items) found.push(readQuarantined(item, recordOf(readText(item, TABLE_KEYS.sortKey))));
      after = page.next;
    } while (after !== undefined && found.length < limit);
    return found;
  }

  async find(stream: StreamKey, id: string): Promise<Quarantined | undefined> {
    const item = await this.#table.get(quarantineItemKey(stream, id));
    return item && readQuarantined(item, id);
  }

  async makeDue(stream: StreamKey, id: string): Promise<boolean> {
    const updated = await this.#table.update({
      key: quarantineItemKey(stream, id),
      set: ['#ra = :now'],
      condition: 'attribute_exists(#v)',
      values: { now: number(this.#clock.now()) },
    });
    return updated.outcome === 'written';
  }

  async release(stream: StreamKey, ids: readonly string[]): Promise<void> {
    await inTurns([...new Set(ids)], (id) => this.#table.remove(quarantineItemKey(stream, id)));
  }

  async #putOne(stream: StreamKey, record: RejectedRecord, now: Instant): Promise<void> {
    const attributes = encodeRejected(record);
    await this.#table.update({
      key: quarantineItemKey(stream, record.id),
      set: [
        '#v = if_not_exists(#v, :v)',
        '#fa = if_not_exists(#fa, :now)',
        '#la = :now',
        ...Object.keys(attributes).map((name) => `#${name} = :${name}`),
      ],
      remove: record.modified === undefined ? ['#ra', '#mo'] : ['#ra'],
      add: ['#n :one'],
      values: { ...attributes, v: number(QUARANTINE_ITEM_VERSION), now: number(now), one: number(1) },
    });
  }
}

function recordOf(sortKey: string | undefined): string {
  return (sortKey ?? '').slice(QUARANTINE_PREFIX.length);
}
