import { createServer, type Socket } from 'node:net';
import {
  attachSession,
  type ConnectionTransport,
  createRedisCommandExecutor,
  RedisServerState,
  resolveCompatibilityProfile,
  SocketConnectionTransport,
} from 'js-redis-server/core';
import { Counters } from '../counters.ts';
import { portOf } from '../http-server.ts';
import { isBilled } from './billing.ts';
import { countingPolicy, keyLockingPolicy } from './execution-policies.ts';
import { spareCopies } from './spare-copies.ts';
import { wholeCommands } from './whole-commands.ts';

export interface EmbeddedRedisOptions {
  /** @default a free port */
  readonly port?: number;
  /** Demanded by AUTH. @default none */
  readonly password?: string;
}

export interface EmbeddedRedis {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** `redis://…`, without the password. */
  readonly url: string;
  /** Commands that ran, by name, those called by scripts included. */
  readonly meter: Counters;
  /** How many of them Upstash would bill. */
  billedCommands(): Promise<number>;
  close(): Promise<void>;
}

const COMPATIBILITY = 'redis-7.2';
const DATABASES = 16;
/** Each sweep looks at every key; an expired key is gone at its next access anyway. */
const EXPIRY_SWEEP_MS = 10_000;

/**
 * A Redis in this process that speaks RESP2 and runs Lua scripts, for the loopback interface only. Its data lives in
 * memory and ends with it.
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions = {}): Promise<EmbeddedRedis> {
  const meter = new Counters();
  const compatibility = resolveCompatibilityProfile(COMPATIBILITY);
  const { password: requirepass } = options;
  const state = new RedisServerState({
    databaseCount: DATABASES,
    compatibility,
    activeExpiryIntervalMs: EXPIRY_SWEEP_MS,
    ...(requirepass === undefined ? {} : { requirepass }),
  });
  for (const database of state.databases) spareCopies(database);
  const executor = createRedisCommandExecutor({
    compatibility,
    policies: [countingPolicy(meter), keyLockingPolicy()],
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay(true));
    socket.once('close', () => sockets.delete(socket));
    attachSession(transportOf(socket), { state, executor });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const port = portOf(server.address());
  return {
    host: '127.0.0.1',
    port,
    url: `redis://127.0.0.1:${port}`,
    meter,
    billedCommands: async () =>
      Object.entries(meter.snapshot()).reduce((sum, [command, calls]) => (isBilled(command) ? sum + calls : sum), 0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          state.close();
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function transportOf(socket: Socket): ConnectionTransport {
  const plain = new SocketConnectionTransport(socket);
  return {
    id: plain.id,
    signal: plain.signal,
    read: () => wholeCommands(plain.read()),
    write: (chunk) => plain.write(chunk),
    close: (reason) => plain.close(reason),
    on: (event, listener) => plain.on(event, listener),
  };
}
