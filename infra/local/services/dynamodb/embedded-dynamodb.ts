import { setTimeout as sleep } from 'node:timers/promises';
import { type AwsAnswer, startAwsJsonServer } from '../aws-json-server.ts';
import { FaultQueue } from '../fault-queue.ts';
import { type JsonObject, objectOf, textOf } from '../json.ts';
import type { ServiceFault } from '../service-faults.ts';
import { CapacityMeter } from './capacity-meter.ts';
import { DynaliteEngine } from './dynalite-engine.ts';
import { TableReads } from './table-reads.ts';
import { TableSettings } from './table-settings.ts';
import { TableWrites } from './table-writes.ts';

export interface EmbeddedDynamoDbOptions {
  /** @default a free port */
  readonly port?: number;
  /** Directory that keeps the tables over a restart; time-to-live settings are to be made again. @default memory only */
  readonly dataDir?: string;
  /** How often expired items are deleted. @default 60,000 */
  readonly sweepIntervalMs?: number;
}

export interface EmbeddedDynamoDb {
  readonly url: string;
  readonly meter: CapacityMeter;
  readonly faults: FaultQueue<ServiceFault>;
  /** Deletes items whose time to live has passed, at once. @returns how many */
  sweep(nowMs?: number): Promise<number>;
  close(): Promise<void>;
}

const SWEEP_INTERVAL_MS = 60_000;
const CHANGES_A_TABLE: ReadonlySet<string> = new Set(['CreateTable', 'UpdateTable', 'DeleteTable']);
const SETTLE_ATTEMPTS = 400;
const SETTLE_PAUSE_MS = 5;

/**
 * DynamoDB for this machine: tables with indexes, conditions, time to live, and units as billed. Without transactions,
 * streams and PartiQL.
 */
export async function startEmbeddedDynamoDb(options: EmbeddedDynamoDbOptions = {}): Promise<EmbeddedDynamoDb> {
  const engine = await DynaliteEngine.open(options.dataDir);
  const service = new DynamoDbService(engine);
  const faults = new FaultQueue<ServiceFault>();
  const server = await startAwsJsonServer({
    contentType: 'application/x-amz-json-1.0',
    port: options.port,
    faults,
    run: (operation, input) => service.run(operation, input),
  });
  let sweeping = Promise.resolve(0);
  const sweep = (nowMs = Date.now()) => {
    sweeping = sweeping.then(() => service.settings.sweep(nowMs));
    return sweeping;
  };
  const timer = setInterval(() => void sweep(), options.sweepIntervalMs ?? SWEEP_INTERVAL_MS).unref();
  return {
    url: server.url,
    meter: service.meter,
    faults,
    sweep,
    close: async () => {
      clearInterval(timer);
      await server.close();
      await sweeping;
      await engine.close();
    },
  };
}

class DynamoDbService {
  readonly meter = new CapacityMeter();
  readonly settings: TableSettings;
  readonly #engine: DynaliteEngine;
  readonly #reads: TableReads;
  readonly #writes: TableWrites;

  constructor(engine: DynaliteEngine) {
    this.#engine = engine;
    this.#reads = new TableReads(engine, this.meter);
    this.#writes = new TableWrites(engine, this.meter);
    this.settings = new TableSettings(engine, this.#writes);
  }

  run(operation: string, input: JsonObject): Promise<AwsAnswer> {
    this.meter.requests.add(operation);
    if (this.#writes.handles(operation)) return this.#writes.run(operation, input);
    if (this.#reads.handles(operation)) return this.#reads.run(operation, input);
    if (this.settings.handles(operation)) return this.settings.run(operation, input);
    return this.#define(operation, input);
  }

  async #define(operation: string, input: JsonObject): Promise<AwsAnswer> {
    const reply = await this.#engine.call(operation, input);
    const table = textOf(input.TableName);
    if (CHANGES_A_TABLE.has(operation) && reply.status === 200) await this.#settled(table);
    this.#writes.forget(table);
    if (operation === 'DeleteTable' && reply.status === 200) this.settings.forget(table);
    return reply;
  }

  /**
   * Waits until a table has left its passing state. dynalite stores that a moment after its answer; were it closed in
   * between, a table kept on disk would stay in creation for ever.
   */
  async #settled(TableName: string): Promise<void> {
    for (let attempt = 0; attempt < SETTLE_ATTEMPTS; attempt += 1) {
      const { status, body } = await this.#engine.call('DescribeTable', { TableName });
      if (status !== 200 || objectOf(body.Table)?.TableStatus === 'ACTIVE') return;
      await sleep(SETTLE_PAUSE_MS);
    }
    throw new Error(`table ${TableName} does not become active`);
  }
}
