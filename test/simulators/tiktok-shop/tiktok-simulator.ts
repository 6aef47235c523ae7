import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { addressOf, close, HOST, listen, readBody } from '../loopback-server.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import { connectionEntry, type TikTokConnectionEntry } from './connection-entry.ts';
import { answerControlCall } from './control-routes.ts';
import { FrontDesk } from './front-desk.ts';
import { completeOptions, type TikTokSimulatorOptions } from './options.ts';
import { TikTokAccount } from './tiktok-account.ts';
import { TikTokControl } from './tiktok-control.ts';

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
  const body = await readBody(request, BODY_LIMIT);
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
