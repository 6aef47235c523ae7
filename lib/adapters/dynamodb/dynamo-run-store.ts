import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Run } from '../../domain/run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RunFilter, RunPage, RunStore } from '../../ports/run-store.ts';
import { compact, type Item, optional, text } from './attributes.ts';
import { isExpired } from './expiry.ts';
import { RUN_PREFIX, runItemKey } from './keys.ts';
import { encodeRun, readRun } from './run-item.ts';
import { Table } from './table.ts';

const FILTERED_PAGE = 500;

/** The run history as items of one DynamoDB table, under their connection and in the order of their ids: by time. */
export class DynamoRunStore implements RunStore {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(client: DynamoDBClient, tableName: string, clock: Clock) {
    this.#table = new Table(client, tableName, clock);
    this.#clock = clock;
  }

  async put(run: Run): Promise<void> {
    await this.#table.put(runItemKey(run.connection, run.run), encodeRun(run, this.#clock.now()));
  }

  async find(run: string, connections: readonly string[]): Promise<Run | undefined> {
    const now = this.#clock.now();
    const items = await this.#table.getMany([...new Set(connections)].map((connection) => runItemKey(connection, run)));
    const found = items.find((item) => !isExpired(item, now));
    return found && readRun(found);
  }

  async list(filter: RunFilter): Promise<RunPage> {
    const found: Run[] = [];
    let after = filter.cursor === undefined ? undefined : `${RUN_PREFIX}${filter.cursor}`;
    do {
      const page = await this.#page(filter, after);
      found.push(...page.runs);
      after = page.next;
      // One more than asked for tells whether there is a next page.
    } while (after !== undefined && found.length <= filter.limit);
    const runs = found.slice(0, filter.limit);
    const last = runs.at(-1);
    return { runs, ...(found.length > filter.limit && last && { next: last.run }) };
  }

  async #page(
    filter: RunFilter,
    after: string | undefined,
  ): Promise<{ runs: readonly Run[]; next: string | undefined }> {
    const conditions = [
      ...(filter.stream === undefined ? [] : ['#st = :stream']),
      ...(filter.partition === undefined ? [] : ['#pa = :partition']),
    ];
    const values: Item = compact({
      stream: optional(filter.stream, text),
      partition: optional(filter.partition, text),
    });
    const page = await this.#table.list({
      pk: filter.connection,
      prefix: RUN_PREFIX,
      after,
      descending: true,
      limit: conditions.length === 0 ? filter.limit + 1 : FILTERED_PAGE,
      ...(conditions.length > 0 && { filter: conditions.join(' AND '), values }),
    });
    const now = this.#clock.now();
    return { runs: page.items.filter((item) => !isExpired(item, now)).map(readRun), next: page.next };
  }
}
