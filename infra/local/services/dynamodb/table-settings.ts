import { type AwsAnswer, errorAnswer } from '../aws-json-server.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '../json.ts';
import type { DynaliteEngine } from './dynalite-engine.ts';
import type { TableWrites } from './table-writes.ts';

type Handler = (table: string, input: JsonObject) => AwsAnswer;

/** Settings dynalite does not know: time to live, with the deletions it entails, and continuous backups. */
export class TableSettings {
  readonly #engine: DynaliteEngine;
  readonly #writes: TableWrites;
  readonly #expiryAttributes = new Map<string, string>();
  readonly #backedUp = new Set<string>();
  readonly #handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
    ['UpdateTimeToLive', (table, input) => this.#updateTimeToLive(table, input)],
    ['DescribeTimeToLive', (table) => this.#describeTimeToLive(table)],
    ['UpdateContinuousBackups', (table, input) => this.#updateBackups(table, input)],
    ['DescribeContinuousBackups', (table) => this.#describeBackups(table)],
  ]);

  constructor(engine: DynaliteEngine, writes: TableWrites) {
    this.#engine = engine;
    this.#writes = writes;
  }

  handles(operation: string): boolean {
    return this.#handlers.has(operation);
  }

  async run(operation: string, input: JsonObject): Promise<AwsAnswer> {
    const table = textOf(input.TableName);
    const described = await this.#engine.call('DescribeTable', { TableName: table });
    if (described.status !== 200) return described;
    return this.#handlers.get(operation)?.(table, input) ?? errorAnswer('ValidationException', 'unknown operation');
  }

  forget(table: string): void {
    this.#expiryAttributes.delete(table);
    this.#backedUp.delete(table);
  }

  /**
   * Deletes what has expired, unbilled as in AWS, which does so within days.
   * @returns how many items
   */
  async sweep(nowMs: number): Promise<number> {
    let deleted = 0;
    for (const [table, attribute] of this.#expiryAttributes) deleted += await this.#sweepTable(table, attribute, nowMs);
    return deleted;
  }

  async #sweepTable(TableName: string, attribute: string, nowMs: number): Promise<number> {
    const { keys } = await this.#writes.shapeOf(TableName);
    const expired = {
      ExpressionAttributeNames: { '#expiry': attribute },
      ExpressionAttributeValues: { ':now': { N: String(Math.floor(nowMs / 1000)) } },
    };
    let deleted = 0;
    let start: JsonObject | undefined;
    do {
      const FilterExpression = '#expiry < :now';
      const page = { TableName, FilterExpression, ...expired, ...(start && { ExclusiveStartKey: start }) };
      const { body } = await this.#engine.call('Scan', page);
      for (const item of objectsOf(body.Items)) {
        const Key = Object.fromEntries(keys.map((name) => [name, item[name]]));
        // The condition spares an item that was renewed since the scan.
        const request = { TableName, Key, ConditionExpression: FilterExpression, ...expired };
        if ((await this.#engine.call('DeleteItem', request)).status === 200) deleted += 1;
      }
      start = objectOf(body.LastEvaluatedKey);
    } while (start !== undefined);
    return deleted;
  }

  #updateTimeToLive(table: string, input: JsonObject): AwsAnswer {
    const specification = objectOf(input.TimeToLiveSpecification) ?? {};
    if (specification.Enabled === true) this.#expiryAttributes.set(table, textOf(specification.AttributeName));
    else this.#expiryAttributes.delete(table);
    return { status: 200, body: { TimeToLiveSpecification: specification } };
  }

  #describeTimeToLive(table: string): AwsAnswer {
    const attribute = this.#expiryAttributes.get(table);
    const description =
      attribute === undefined
        ? { TimeToLiveStatus: 'DISABLED' }
        : { TimeToLiveStatus: 'ENABLED', AttributeName: attribute };
    return { status: 200, body: { TimeToLiveDescription: description } };
  }

  #updateBackups(table: string, input: JsonObject): AwsAnswer {
    const specification = objectOf(input.PointInTimeRecoverySpecification) ?? {};
    if (specification.PointInTimeRecoveryEnabled === true) this.#backedUp.add(table);
    else this.#backedUp.delete(table);
    return this.#describeBackups(table);
  }

  #describeBackups(table: string): AwsAnswer {
    const status = this.#backedUp.has(table) ? 'ENABLED' : 'DISABLED';
    const description = {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: status },
    };
    return { status: 200, body: { ContinuousBackupsDescription: description } };
  }
}
