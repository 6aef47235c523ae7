import type { AwsAnswer } from '../aws-json-server.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '../json.ts';
import type { CapacityMeter } from './capacity-meter.ts';
import type { DynaliteEngine } from './dynalite-engine.ts';

const READS: ReadonlySet<string> = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan']);

/** Reads whose units are counted whether the caller asked for them or not. */
export class TableReads {
  readonly #engine: DynaliteEngine;
  readonly #meter: CapacityMeter;

  constructor(engine: DynaliteEngine, meter: CapacityMeter) {
    this.#engine = engine;
    this.#meter = meter;
  }

  handles(operation: string): boolean {
    return READS.has(operation);
  }

  async run(operation: string, input: JsonObject): Promise<AwsAnswer> {
    const { ReturnConsumedCapacity: detail, ...plain } = input;
    const answer = await this.#engine.call(operation, { ...plain, ReturnConsumedCapacity: 'INDEXES' });
    if (answer.status !== 200) return answer;
    const { ConsumedCapacity: consumed, ...body } = answer.body;
    const index = textOf(input.IndexName);
    const least = input.ConsistentRead === true ? 1 : 0.5;
    for (const capacity of Array.isArray(consumed) ? objectsOf(consumed) : objectsOf([consumed])) {
      const table = textOf(capacity.TableName);
      // A read that finds nothing is billed as the smallest one; dynalite counts it as nothing.
      const units = Math.max(least, Number(capacity.CapacityUnits));
      this.#meter.read(operation, index === '' ? table : `${table}/${index}`, units);
    }
    return detail === 'TOTAL' || detail === 'INDEXES'
      ? { ...answer, body: { ...body, ...shown(consumed, detail) } }
      : { ...answer, body };
  }
}

function shown(consumed: unknown, detail: 'TOTAL' | 'INDEXES'): JsonObject {
  if (detail === 'INDEXES' || Array.isArray(consumed)) return { ConsumedCapacity: consumed };
  const { TableName, CapacityUnits } = objectOf(consumed) ?? {};
  return { ConsumedCapacity: { TableName, CapacityUnits } };
}
