import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { type LocalHost, startLocalHost } from '../../infra/local/host.ts';
import type { FunctionLog } from '../../infra/local/lambda/environment.ts';
import { startEmbeddedRedis } from '../../infra/local/services/redis/embedded-redis.ts';
import { startUpstashGateway, type UpstashGateway } from '../../infra/local/services/redis/upstash-gateway.ts';
import { compareRecords } from '../../infra/local/start/compare-records.ts';
import { startZohoSimulator, type ZohoSimulator } from '../simulators/zoho-creator/zoho-simulator.ts';

/** The demo data's event with 2,419 registrations. */
export const BIG_EVENT = '4433256000013547003';

const REDIS_TOKEN = 'e2e-redis';
const SETTLE_MS = 60_000;

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

/** The synthesized stack with its deployed bundles, a simulated source, and nothing faked in between. */
export class System {
  readonly host: LocalHost;
  readonly simulator: ZohoSimulator;
  readonly gateway: UpstashGateway;
  readonly logs: FunctionLog[];
  readonly #redis: { close(): Promise<void> };

  constructor(parts: {
    host: LocalHost;
    simulator: ZohoSimulator;
    gateway: UpstashGateway;
    logs: FunctionLog[];
    redis: { close(): Promise<void> };
  }) {
    this.host = parts.host;
    this.simulator = parts.simulator;
    this.gateway = parts.gateway;
    this.logs = parts.logs;
    this.#redis = parts.redis;
  }

  /** One planner invocation and everything it leads to. */
  async cycle(): Promise<void> {
    await sleep(120);
    await this.host.fire('plan');
    await this.host.settle(SETTLE_MS);
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

  /** Lifts the vendor's pause, our own minute's limit and the breaker, which tests cannot wait for; calls stay counted. */
  async forgetLimits(): Promise<void> {
    await this.#dynamo('UpdateItem', {
      Key: { pk: { S: 'main' }, sk: { S: 'budget' } },
      UpdateExpression: 'REMOVE pu, rc, bk',
    });
  }

  /** Lets every partition's lease lapse, as two minutes would: a killed worker gives none back. */
  async lapseLeases(): Promise<void> {
    const { Items } = await this.#dynamo('Query', {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      FilterExpression: 'attribute_exists(le)',
      ProjectionExpression: 'pk, sk',
      ExpressionAttributeValues: { ':pk': { S: 'main#registrations' }, ':prefix': { S: 'partition#' } },
    });
    for (const Key of Array.isArray(Items) ? Items : []) {
      const lapsed = { ':past': { N: '1' } };
      await this.#dynamo('UpdateItem', { Key, UpdateExpression: 'SET le = :past', ExpressionAttributeValues: lapsed });
    }
  }

  async #dynamo(operation: string, input: object): Promise<{ readonly Items?: unknown }> {
    const response = await fetch(this.host.endpoints.dynamodb, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'x-amz-date': '20260101T000000Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=x/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x',
      },
      body: JSON.stringify({ TableName: this.host.tableNames[0], ...input }),
      signal: AbortSignal.timeout(5_000),
    });
    if (!response.ok) throw new Error(`${operation} on the state table failed: ${response.status}`);
    const answer: unknown = await response.json();
    return typeof answer === 'object' && answer !== null && 'Items' in answer ? { Items: answer.Items } : {};
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
    await this.gateway.close();
    await this.#redis.close();
  }
}

export async function startSystem(): Promise<System> {
  const redis = await startEmbeddedRedis();
  const gateway = await startUpstashGateway({ token: REDIS_TOKEN, redis });
  const simulator = await startZohoSimulator({ limits: { perMinute: 10_000, perDay: 1_000_000 } });
  const logs: FunctionLog[] = [];
  const host = await startLocalHost({
    assemblyDir: inject('assemblyDir'),
    connections: [{ ...simulator.connection('main') }],
    schedules: false,
    fast: 6_000,
    visibilityTimeoutSeconds: 2,
    upstash: { url: gateway.url, token: REDIS_TOKEN },
    onLog: (log) => logs.push(log),
  });
  return new System({ host, simulator, gateway, logs, redis });
}
