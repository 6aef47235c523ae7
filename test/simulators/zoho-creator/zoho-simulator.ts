import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { addressOf, close, listen, readBody } from '../loopback-server.ts';
import type { Answer } from './answer.ts';
import { connectionEntry, type ZohoConnectionEntry } from './connection-entry.ts';
import { answerControlCall } from './control-routes.ts';
import { completeOptions, type ZohoSimulatorOptions } from './options.ts';
import { type Delivery, deliverVendorCall } from './vendor-routes.ts';
import { openAccount, type ZohoAccount } from './zoho-account.ts';
import { ZohoControl } from './zoho-control.ts';

const BODY_LIMIT = 16 * 1024 * 1024;

export interface ZohoSimulator {
  /** Both the accounts host and the API host. */
  readonly url: string;
  readonly control: ZohoControl;
  /** A ready-made connection, `main` by default. */
  connection(id?: string): ZohoConnectionEntry;
  close(): Promise<void>;
}

/** Starts a server on 127.0.0.1 that speaks Zoho's OAuth refresh and Zoho Creator's v2.1 Get Records. */
export async function startZohoSimulator(options: ZohoSimulatorOptions = {}): Promise<ZohoSimulator> {
  const setup = completeOptions(options);
  const account = openAccount(setup);
  const control = new ZohoControl(account);
  const server = createServer((request, response) => {
    serve({ account, control, server }, request, response).catch(() => response.destroy());
  });
  await listen(server, setup.port);
  const url = addressOf(server);
  return {
    url,
    control,
    connection: (id = 'main') => connectionEntry(id, url, setup, account),
    close: () => {
      control.stopEditing();
      return close(server);
    },
  };
}

interface Serving {
  readonly account: ZohoAccount;
  readonly control: ZohoControl;
  readonly server: Server;
}

async function serve(
  { account, control, server }: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const base = addressOf(server);
  const url = new URL(request.url ?? '/', base);
  const body = await readBody(request, BODY_LIMIT);
  const method = request.method ?? 'GET';
  if (url.pathname.startsWith('/_control/')) {
    send(response, account, { answer: answerControlCall(control, { method, url, body }), manner: 'whole' });
    return;
  }
  const { authorization } = request.headers;
  const cursor = [request.headers.record_cursor].flat()[0];
  send(response, account, await deliverVendorCall(account, { method, url, authorization, cursor, body }, base));
}

function send(response: ServerResponse, account: ZohoAccount, { answer, manner }: Delivery): void {
  if (manner === 'hang') return;
  if (!answer || manner === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const whole = Buffer.from(answer.body);
  const half = whole.subarray(0, Math.floor(whole.length / 2));
  const sent = manner === 'truncated' ? half : whole;
  response.sendDate = false;
  response.writeHead(answer.status, { ...headersOf(answer, account, manner), 'content-length': sent.length });
  if (manner === 'cut') response.write(half, () => response.destroy());
  else response.end(sent);
}

/** The `Date` is the simulator's own, however wrong. */
function headersOf(answer: Answer, account: ZohoAccount, manner: Delivery['manner']): Record<string, string> {
  if (manner === 'no-date') return { ...answer.headers };
  return { ...answer.headers, date: new Date(account.clock.wallNow()).toUTCString() };
}
