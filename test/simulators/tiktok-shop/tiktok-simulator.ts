import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Answer, jsonAnswer } from './answer.ts';
import { connectionEntry, type TikTokConnectionEntry } from './connection-entry.ts';
import { answerControlCall } from './control-routes.ts';
import { FrontDesk } from './front-desk.ts';
import { completeOptions, type TikTokSimulatorOptions } from './options.ts';
import { TikTokAccount } from './tiktok-account.ts';
import { TikTokControl } from './tiktok-control.ts';

const HOST = '127.0.0.1';
const BODY_LIMIT = 1024 * 1024;

export interface TikTokSimulator {
  /** Both the accounts host and the API host. */
  readonly url: string;
  readonly control: TikTokControl;
  /** A ready-made connection, `shop` by default. */
  connection(id?: string): TikTokConnectionEntry;
  close(): Promise<void>;
}

/** Starts a server on 127.0.0.1 that speaks TikTok Shop's token refresh and its Open API of 202309. */
export async function startTikTokSimulator(options: TikTokSimulatorOptions = {}): Promise<TikTokSimulator> {
  const setup = completeOptions(options);
  const account = new TikTokAccount(setup);
  const desk = new FrontDesk(account);
  const control = new TikTokControl(desk);
  const server = createServer((request, response) => {
    serve({ desk, control }, request, response).catch(() => response.destroy());
  });
  await listen(server, setup.port);
  const url = addressOf(server);
  return {
    url,
    control,
    connection: (id = 'shop') => connectionEntry(id, url, account),
    close: () => {
      control.stopEditing();
      return close(server);
    },
  };
}

interface Serving {
  readonly desk: FrontDesk;
  readonly control: TikTokControl;
}

async function serve({ desk, control }: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${HOST}`);
  const body = await readBody(request);
  const method = request.method ?? 'GET';
  if (url.pathname.startsWith('/_control/')) {
    send(
      response,
      desk,
      answerControlCall(control, { method, url, body }) ?? jsonAnswer(404, { error: 'no such route' }),
    );
    return;
  }
  send(response, desk, desk.take({ method, url, headers: singleHeaders(request), body }));
}

/** The `Date` is the simulator's own, however wrong. Without an answer the connection breaks. */
function send(response: ServerResponse, { account }: FrontDesk, answer: Answer | undefined): void {
  if (answer === undefined) {
    response.socket?.resetAndDestroy();
    return;
  }
  response.sendDate = false;
  const bytes = Buffer.from(answer.body);
  const date = new Date(account.wallMs).toUTCString();
  response.writeHead(answer.status, { ...answer.headers, date, 'content-length': bytes.length });
  response.end(bytes);
}

function singleHeaders({ headers }: IncomingMessage): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()[0]]));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > BODY_LIMIT) throw new RangeError('body too large');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => resolve());
  });
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the simulator is not listening');
  return `http://${HOST}:${address.port}`;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
