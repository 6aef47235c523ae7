import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { type LocalHost, startLocalHost } from '../../infra/local/host.ts';
import type { FunctionLog } from '../../infra/local/lambda/environment.ts';
import type { UpstashGateway } from '../../infra/local/services/redis/upstash-gateway.ts';
import { compareRecords } from '../../infra/local/start/compare-records.ts';
import { TidemarkReader } from '../../lib/reader/tidemark-reader.ts';
import { startZohoSimulator, type ZohoSimulator } from '../simulators/zoho-creator/zoho-simulator.ts';
import { present } from '../support/present.ts';
import { type Cache, REDIS_TOKEN, startCache } from './cache.ts';
import { PassingTime } from './passing-time.ts';

/** The demo data's event with 2,419 registrations. */
export const BIG_EVENT = '4433256000013547003';

/** Longer than it ever takes: that a machine has other things to do is no failure. */
const SETTLE_MS = 90_000;

/** The text found under a name anywhere in an answer; empty where there is none. */
export function textIn(body: unknown, name: string): string {
  const found = new RegExp(`"${name}":"([^"]*)"`).exec(JSON.stringify(body) ?? '');
  return found?.[1] ?? '';
}

export interface Answer {
  readonly status: number;
  readonly type: string | null;
  /** Parsed where it is JSON. */
  readonly body: unknown;
}

export interface SystemOptions {
  /** Settings of the connection, besides those the simulator names. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Secrets of the connection, besides those the simulator names. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Directory that keeps the tables over a restart. @default memory only */
  readonly dataDir?: string;
}

/** The synthesized stack with its deployed bundles, a simulated source, and nothing faked in between. */
export class System {
  readonly simulator: ZohoSimulator;
  readonly logs: FunctionLog[];
  readonly #startHost: (cache: Cache) => Promise<LocalHost>;
  #cache: Cache;
  #host: LocalHost;

  constructor(parts: {
    simulator: ZohoSimulator;
    logs: FunctionLog[];
    cache: Cache;
    host: LocalHost;
    startHost: (cache: Cache) => Promise<LocalHost>;
  }) {
    this.simulator = parts.simulator;
    this.logs = parts.logs;
    this.#cache = parts.cache;
    this.#host = parts.host;
    this.#startHost = parts.startHost;
  }

  get host(): LocalHost {
    return this.#host;
  }

  get gateway(): UpstashGateway {
    return this.#cache.gateway;
  }

  /**
   * Ends the host in the middle of whatever it does, and starts another on the same tables. What was on the queues is
   * gone; so is the cache, unless it is kept.
   */
  async restart({ cache }: { readonly cache: 'kept' | 'lost' }): Promise<void> {
    await this.#host.close();
    if (cache === 'lost') {
      await this.#cache.close();
      this.#cache = await startCache();
    }
    this.#host = await this.#startHost(this.#cache);
  }

  /** One planner invocation and everything it leads to. */
  async cycle(): Promise<void> {
    await sleep(120);
    await this.host.fire('plan');
    await this.settle();
  }

  /** The same for a stream that failed before, and would wait. */
  async cycleNow(): Promise<void> {
    await this.api('POST', '/v1/sync/main/registrations');
    await this.cycle();
  }

  async load(): Promise<void> {
    await this.cycle();
    await this.cycle();
  }

  settle(timeoutMs = SETTLE_MS): Promise<void> {
    return this.host.settle(timeoutMs);
  }

  async api(
    method: string,
    path: string,
    options: { readonly body?: string; readonly token?: string | null } = {},
  ): Promise<Answer> {
    const { token = this.host.tokens.operate, body } = options;
    const response = await fetch(`${this.host.apiUrl}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    const type = response.headers.get('content-type');
    return { status: response.status, type, body: type?.includes('json') ? JSON.parse(text) : text };
  }

  /** Runs a Redis command over the REST protocol. */
  async redis(...command: readonly (string | number)[]): Promise<unknown> {
    const response = await fetch(this.gateway.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${REDIS_TOKEN}` },
      body: JSON.stringify(command),
      signal: AbortSignal.timeout(30_000),
    });
    const answer: unknown = await response.json();
    return typeof answer === 'object' && answer !== null && 'result' in answer ? answer.result : undefined;
  }

  /** As applications read the cache. */
  reader(): TidemarkReader {
    return new TidemarkReader({ url: this.gateway.url, token: REDIS_TOKEN });
  }

  /** Of the state table, where tests cannot wait. */
  get time(): PassingTime {
    return new PassingTime(this.host.endpoints.dynamodb, present(this.host.tableNames[0], 'the table'));
  }

  /** What differs between cache and source, over all events; empty when they are equal. */
  async differences(): Promise<readonly string[]> {
    const { control } = this.simulator;
    const truth = control
      .records()
      .flatMap(({ id, event, body }) => (event === null ? [] : [{ id, partition: event, body }]));
    const events = control.events().map(({ id }) => id);
    const endpoint = { url: this.gateway.url, token: REDIS_TOKEN };
    const compared = await compareRecords(endpoint, { partitionKind: 'event', stream: 'registrations' }, events, truth);
    return compared.differences;
  }

  async spent(work: () => Promise<void>) {
    const before = await this.#spending();
    await work();
    const after = await this.#spending();
    return {
      registrations: after.registrations - before.registrations,
      redis: after.redis - before.redis,
      writes: after.writes - before.writes,
    };
  }

  async #spending() {
    const { writeUnits } = await this.host.meters();
    return {
      registrations: this.simulator.control.calls().registrations,
      redis: await this.gateway.billedCommands(),
      writes: writeUnits.table,
    };
  }

  async close(): Promise<void> {
    await this.host.close();
    await this.simulator.close();
    await this.#cache.close();
  }
}

export async function startSystem({ settings = {}, secrets = {}, dataDir }: SystemOptions = {}): Promise<System> {
  const simulator = await startZohoSimulator({ limits: { perMinute: 10_000, perDay: 1_000_000 } });
  const logs: FunctionLog[] = [];
  const connection = simulator.connection('main');
  // A place more than environments: one that has just called counts as calling, and with fewer a cycle may be denied.
  const connections = [
    {
      ...connection,
      settings: { ...connection.settings, concurrentCalls: 6, ...settings },
      secrets: { ...connection.secrets, ...secrets },
    },
  ];
  const startHost = ({ gateway }: Cache) =>
    startLocalHost({
      assemblyDir: inject('assemblyDir'),
      connections,
      schedules: false,
      fast: 6_000,
      redeliverySeconds: 1,
      longestDelaySeconds: 1,
      upstash: { url: gateway.url, token: REDIS_TOKEN },
      onLog: (log) => logs.push(log),
      ...(dataDir === undefined ? {} : { dataDir }),
    });
  const cache = await startCache();
  return new System({ simulator, logs, cache, host: await startHost(cache), startHost });
}
