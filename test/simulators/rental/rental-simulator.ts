import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { plusDays } from '../../../lib/sources/kit/plain-date.ts';
import { addressOf, close, HOST, listen, readBody } from '../loopback-server.ts';
import { SeededRandom } from '../seeded-random.ts';
import { demoRows } from './demo-rows.ts';
import { type RentalAnswer, RentalApi } from './rental-api.ts';
import { DEFAULT_BEHAVIOUR, type RentalBehaviour } from './rental-behaviour.ts';
import { RentalControl } from './rental-control.ts';
import { RentalStore } from './rental-store.ts';

const BODY_LIMIT = 1024 * 1024;
const HISTORY_DAYS = 120;
/** It has no limits: who syncs from it need not hold back. */
const PATIENT = { daysPerCall: 366, callsPerMinute: 1_000, concurrentCalls: 50 };

export interface RentalSimulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly seed?: number;
  /** `demo` by default: 21 locations with 1,260 bookings and 630 returns. */
  readonly data?: 'demo' | 'empty';
  readonly timeZone?: string;
  /** Epoch milliseconds; the machine's clock by default. */
  readonly clock?: () => number;
  readonly behaviour?: Partial<RentalBehaviour>;
}

/** An entry of a connection file that syncs from this simulator. */
export interface RentalConnectionEntry {
  readonly id: string;
  readonly source: 'rental';
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface RentalSimulator {
  readonly url: string;
  readonly control: RentalControl;
  /** A ready-made connection, `rental` by default. */
  connection(id?: string): RentalConnectionEntry;
  close(): Promise<void>;
}

/** Starts a server on 127.0.0.1 that speaks the rental API. */
export async function startRentalSimulator(options: RentalSimulatorOptions = {}): Promise<RentalSimulator> {
  const { port = 0, seed = 1, data = 'demo', timeZone = 'Asia/Kolkata', clock: nowMs = Date.now } = options;
  const store = new RentalStore(nowMs, timeZone);
  const random = new SeededRandom(seed);
  if (data === 'demo') demoRows(store, random);
  const control = new RentalControl(store, { ...DEFAULT_BEHAVIOUR, ...options.behaviour }, random);
  const api = new RentalApi({ store, behaviour: () => control.behaviour, lagMs: () => 0, nowMs });
  const historyFrom = plusDays(store.today(), -HISTORY_DAYS);
  const server = createServer((request, response) => {
    serve({ api, control, nowMs }, request, response).catch(() => response.destroy());
  });
  await listen(server, port);
  const url = addressOf(server);
  return {
    url,
    control,
    connection: (id = 'rental') => {
      const { token } = control.behaviour;
      const settings = { host: url, timeZone, historyFrom, userName: 'tidemark', ...PATIENT };
      return { id, source: 'rental', settings, secrets: token === undefined ? {} : { token } };
    },
    close: () => {
      control.stopEditing();
      return close(server);
    },
  };
}

interface Serving {
  readonly api: RentalApi;
  readonly control: RentalControl;
  readonly nowMs: () => number;
}

async function serve(
  { api, control, nowMs }: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', `http://${HOST}`);
  const { authorization, 'content-type': contentType } = request.headers;
  const headers = { authorization, 'content-type': contentType };
  const answer = api.answer({
    method: request.method ?? 'GET',
    path: pathname,
    headers,
    body: await readBody(request, BODY_LIMIT),
  });
  control.count(pathname);
  if (answer.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, answer.latencyMs).unref());
  send(response, answer, nowMs());
}

/** The `Date` is by the simulator's own clock. */
function send(response: ServerResponse, { status, headers, body }: RentalAnswer, nowMs: number): void {
  response.sendDate = false;
  response.writeHead(status, { ...headers, date: new Date(nowMs).toUTCString() });
  response.end(body);
}
