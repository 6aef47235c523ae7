import type { AwsAnswer } from '../aws-json-server.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '../json.ts';
import type { CapacityMeter } from './capacity-meter.ts';
import type { DynaliteEngine } from './dynalite-engine.ts';
import { Turns } from './turns.ts';
import { refusedUnits, type TableShape, tableShapeOf, type WriteUnits, writeUnits } from './write-units.ts';

const SINGLE_WRITES: ReadonlySet<string> = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);
const NO_INDEXES: TableShape = { keys: [], indexes: [] };

/**
 * Writes with what dynalite lacks: the units of indexes and of refused writes, and the item with which a failed
 * condition is answered. Writes to one table take turns, so that what was read before a write is what it replaced.
 */
export class TableWrites {
  readonly #engine: DynaliteEngine;
  readonly #meter: CapacityMeter;
  readonly #turns = new Turns();
  readonly #shapes = new Map<string, TableShape>();

  constructor(engine: DynaliteEngine, meter: CapacityMeter) {
    this.#engine = engine;
    this.#meter = meter;
  }

  handles(operation: string): boolean {
    return SINGLE_WRITES.has(operation) || operation === 'BatchWriteItem';
  }

  run(operation: string, input: JsonObject): Promise<AwsAnswer> {
    if (operation === 'BatchWriteItem') return this.#batch(input);
    return this.#turns.take(textOf(input.TableName), () => this.#single(operation, input));
  }

  /** To be called when a table's definition may have changed. */
  forget(table: string): void {
    this.#shapes.delete(table);
  }

  async #single(operation: string, input: JsonObject): Promise<AwsAnswer> {
    const table = textOf(input.TableName);
    const shape = await this.shapeOf(table);
    const key = keyOf(shape, operation, input);
    const before = await this.#get(table, key);
    const { ReturnValuesOnConditionCheckFailure: onFailure, ReturnConsumedCapacity: detail, ...plain } = input;
    const answer = await this.#engine.call(operation, plain);
    const metered = { operation, table, kind: kindOf(shape, key) };
    if (answer.status === 200) {
      const after = written(operation, input, answer) ?? (await this.#get(table, key));
      const units = writeUnits(shape, before, after);
      this.#meter.wrote(metered, units);
      return { ...answer, body: { ...answer.body, ...consumed(table, units, detail) } };
    }
    if (!textOf(answer.body.__type).endsWith('#ConditionalCheckFailedException')) return answer;
    this.#meter.wrote(metered, refusedUnits(before));
    const shown = onFailure === 'ALL_OLD' && before !== undefined ? { Item: before } : {};
    return { ...answer, body: { ...answer.body, ...shown } };
  }

  async #batch(input: JsonObject): Promise<AwsAnswer> {
    const requests = Object.entries(objectOf(input.RequestItems) ?? {});
    const tables = requests.map(([table]) => table).sort();
    const run = async () => {
      const planned = await Promise.all(requests.flatMap(([table, items]) => this.#plan(table, objectsOf(items))));
      const { ReturnConsumedCapacity: _, ...plain } = input;
      const answer = await this.#engine.call('BatchWriteItem', plain);
      if (answer.status === 200) for (const record of planned) record();
      return answer;
    };
    return tables.reduceRight((task, table) => () => this.#turns.take(table, task), run)();
  }

  #plan(table: string, items: readonly JsonObject[]): Promise<() => void>[] {
    return items.map(async (item) => {
      const shape = await this.shapeOf(table);
      const after = objectOf(objectOf(item.PutRequest)?.Item);
      const key = after === undefined ? objectOf(objectOf(item.DeleteRequest)?.Key) : pick(after, shape.keys);
      const units = writeUnits(shape, await this.#get(table, key), after);
      return () => this.#meter.wrote({ operation: 'BatchWriteItem', table, kind: kindOf(shape, key) }, units);
    });
  }

  async shapeOf(table: string): Promise<TableShape> {
    const known = this.#shapes.get(table);
    if (known !== undefined) return known;
    const { status, body } = await this.#engine.call('DescribeTable', { TableName: table });
    if (status !== 200) return NO_INDEXES;
    const shape = tableShapeOf(objectOf(body.Table) ?? {});
    this.#shapes.set(table, shape);
    return shape;
  }

  async #get(table: string, key: JsonObject | undefined): Promise<JsonObject | undefined> {
    if (key === undefined) return undefined;
    const { body } = await this.#engine.call('GetItem', { TableName: table, Key: key, ConsistentRead: true });
    return objectOf(body.Item);
  }
}

/** The item as a write left it, where request or answer tell. */
function written(operation: string, input: JsonObject, answer: AwsAnswer): JsonObject | undefined {
  if (operation === 'PutItem') return objectOf(input.Item);
  return input.ReturnValues === 'ALL_NEW' ? objectOf(answer.body.Attributes) : undefined;
}

function keyOf(shape: TableShape, operation: string, input: JsonObject): JsonObject | undefined {
  const item = objectOf(input.Item);
  return operation === 'PutItem' ? item && pick(item, shape.keys) : objectOf(input.Key);
}

function pick(item: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, item[name]]));
}

function kindOf(shape: TableShape, key: JsonObject | undefined): string {
  const sortKey = objectOf(key?.[shape.keys[1] ?? '']);
  return textOf(sortKey?.S).split('#', 1)[0] ?? '';
}

/** `ConsumedCapacity` in the detail the caller asked for. */
function consumed(table: string, units: WriteUnits, detail: unknown): JsonObject {
  if (detail !== 'TOTAL' && detail !== 'INDEXES') return {};
  const total = Object.values(units.indexes).reduce((sum, share) => sum + share, units.table);
  const summary = { TableName: table, CapacityUnits: total };
  if (detail === 'TOTAL') return { ConsumedCapacity: summary };
  const indexes = Object.entries(units.indexes).map(([name, share]) => [name, { CapacityUnits: share }]);
  const detailed = { Table: { CapacityUnits: units.table }, GlobalSecondaryIndexes: Object.fromEntries(indexes) };
  return { ConsumedCapacity: { ...summary, ...detailed } };
}
