import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DriftReport } from '../../domain/drift.ts';
import type { PartitionKey, StreamKey } from '../../domain/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DriftListing, DriftStore } from '../../ports/drift-store.ts';
import { encodeDriftReport, readDriftReport } from './drift-item.ts';
import { DRIFT_PREFIX, driftItemKey, streamPk } from './keys.ts';
import { Table } from './table.ts';

const LIST_PAGE = 100;

/** The findings of audits as items of one DynamoDB table, under their stream and in the order of partition ids. */
export class DynamoDriftStore implements DriftStore {
  readonly #table: Table;

  constructor(client: DynamoDBClient, tableName: string, clock: Clock) {
    this.#table = new Table(client, tableName, clock);
  }

  async put(report: DriftReport): Promise<void> {
    await this.#table.put(driftItemKey(report), encodeDriftReport(report));
  }

  async read(key: PartitionKey): Promise<DriftReport | undefined> {
    const item = await this.#table.get(driftItemKey(key));
    return item && readDriftReport(item, key);
  }

  async list(stream: StreamKey, cursor?: string): Promise<DriftListing> {
    const page = await this.#table.list({
      pk: streamPk(stream),
      prefix: DRIFT_PREFIX,
      limit: LIST_PAGE,
      after: cursor === undefined ? undefined : driftItemKey({ ...stream, partition: cursor }).sk,
    });
    const next = page.next?.slice(DRIFT_PREFIX.length);
    const reports = page.items.map((item) => readDriftReport(item, stream));
    return { reports, ...(next !== undefined && { next }) };
  }

  async remove(key: PartitionKey): Promise<void> {
    await this.#table.remove(driftItemKey(key));
  }
}
