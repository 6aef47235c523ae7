import { createServer } from 'node:http';
import { Counters } from '../counters.ts';
import { FaultQueue } from '../fault-queue.ts';
import { closeServer, listenOnLoopback } from '../http-server.ts';
import { billedByCommandStats } from './billing.ts';
import { CommandRunner } from './command-runner.ts';
import type { GatewayFault } from './gateway-faults.ts';
import { parseRedisUrl, type RedisTarget } from './redis-target.ts';
import { RespConnection } from './resp-connection.ts';
import { RestExchange } from './rest-exchange.ts';

/** A Redis that may count the commands it runs. */
interface CountedRedis extends RedisTarget {
  billedCommands?(): Promise<number>;
}

export interface UpstashGatewayOptions {
  readonly token: string;
  /** A second token that may only read. @default none */
  readonly readOnlyToken?: string;
  /** The Redis behind it: an address, or `redis://…`. One that counts its commands itself is asked for the bill. */
  readonly redis: string | CountedRedis;
  /** @default a free port */
  readonly port?: number;
  /** Upstash's limit for a request, by plan. @default 10 MiB */
  readonly maxRequestBytes?: number;
}

export interface UpstashGateway {
  readonly url: string;
  /** HTTP requests by kind: `command`, `pipeline`, `multi-exec`, `unreadable`, `refused`. */
  readonly requests: Counters;
  /** Commands by name as they came in; calls made by scripts are not among them. */
  readonly meter: Counters;
  readonly faults: FaultQueue<GatewayFault>;
  /** Commands Upstash would have billed since the gateway started, calls made by scripts included. */
  billedCommands(): Promise<number>;
  close(): Promise<void>;
}

const MAX_REQUEST_BYTES = 10 * 1024 * 1024;

/** Speaks Upstash's REST protocol in front of a Redis that speaks RESP2. */
export async function startUpstashGateway(options: UpstashGatewayOptions): Promise<UpstashGateway> {
  const target: CountedRedis = typeof options.redis === 'string' ? parseRedisUrl(options.redis) : options.redis;
  const connection = new RespConnection(target);
  const faults = new FaultQueue<GatewayFault>();
  const [requests, meter] = [new Counters(), new Counters()];
  const runner = new CommandRunner(connection, faults, meter);
  const { maxRequestBytes = MAX_REQUEST_BYTES } = options;
  const exchange = new RestExchange({ ...options, maxRequestBytes }, runner, faults, requests);
  const server = createServer((request, response) => void exchange.serve(request, response));
  const url = await listenOnLoopback(server, options.port);
  const bill = () => target.billedCommands?.() ?? billOf(connection);
  const billedBefore = await bill();
  return {
    url,
    requests,
    meter,
    faults,
    billedCommands: async () => (await bill()) - billedBefore,
    close: async () => {
      await closeServer(server);
      connection.close();
    },
  };
}

async function billOf(connection: RespConnection): Promise<number> {
  const [info] = await connection.send([['INFO', 'commandstats']]);
  return info?.type === 'bulk' ? billedByCommandStats(info.bytes.toString()) : 0;
}
