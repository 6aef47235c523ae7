import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Counters } from '../counters.ts';
import type { FaultQueue } from '../fault-queue.ts';
import { answer, readBody } from '../http-server.ts';
import type { CommandRunner } from './command-runner.ts';
import { type GatewayFault, isRequestFault, type RequestFault } from './gateway-faults.ts';
import type { RespReply } from './resp-parser.ts';
import { errorJson, itemJson } from './rest-reply.ts';
import { parseRestRequest, type RestRequest } from './rest-request.ts';

interface Entrance {
  readonly token: string;
  readonly readOnlyToken?: string;
  readonly maxRequestBytes: number;
}

type Access = 'full' | 'read' | 'none';

interface Reply {
  readonly status: number;
  readonly body: string;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT']);
const HEADERS = { 'content-type': 'application/json', 'upstash-sync-token': 'single-node' };

/** One HTTP exchange after the other: who asks, what is asked, what befalls it. */
export class RestExchange {
  readonly #entrance: Entrance;
  readonly #runner: CommandRunner;
  readonly #faults: FaultQueue<GatewayFault>;
  readonly #requests: Counters;

  constructor(entrance: Entrance, runner: CommandRunner, faults: FaultQueue<GatewayFault>, requests: Counters) {
    this.#entrance = entrance;
    this.#runner = runner;
    this.#faults = faults;
    this.#requests = requests;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const reply = await this.#reply(request);
      if (reply === 'drop') response.destroy();
      else if (reply !== 'silence') answer(response, reply.status, reply.body, HEADERS);
    } catch {
      answer(response, 500, errorJson('ERR the database cannot be reached'), HEADERS);
    }
  }

  async #reply(request: IncomingMessage): Promise<Reply | 'drop' | 'silence'> {
    const { maxRequestBytes } = this.#entrance;
    const body = await readBody(request, maxRequestBytes);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const access = this.#accessOf(request, url);
    if (!METHODS.has(request.method ?? '')) return this.#refused(405, 'ERR method is not allowed');
    if (access === 'none') return this.#refused(401, 'WRONGPASS invalid or missing auth token');
    if ('tooLarge' in body) {
      const sizes = `Limit: ${maxRequestBytes} bytes, Actual: ${body.tooLarge} bytes`;
      return this.#refused(400, `ERR max request size exceeded. ${sizes}`);
    }
    const asked = parseRestRequest(url, body.bytes);
    this.#requests.add(asked.kind);
    const base64 = request.headers['upstash-encoding'] === 'base64';
    return this.#carryOut(asked, () => this.#run(asked, access === 'read', base64));
  }

  async #carryOut(asked: RestRequest, run: () => Promise<Reply>): Promise<Reply | 'drop' | 'silence'> {
    const fault = this.#faultOf(asked);
    switch (fault?.kind) {
      case undefined:
        return run();
      case 'status':
        return { status: fault.status, body: fault.body };
      case 'drop':
        return 'drop';
      case 'timeout-before-apply':
        return 'silence';
      case 'drop-after-apply':
        await run();
        return 'drop';
      case 'timeout-after-apply':
        await run();
        return 'silence';
    }
  }

  async #run(asked: RestRequest, readOnly: boolean, base64: boolean): Promise<Reply> {
    switch (asked.kind) {
      case 'unreadable':
        return { status: 400, body: errorJson(asked.error) };
      case 'command': {
        const [reply] = await this.#runner.runEach([asked.command], readOnly);
        if (reply === undefined) throw new Error('the command was not answered');
        return { status: reply.type === 'error' ? 400 : 200, body: itemJson(reply, base64) };
      }
      case 'pipeline':
        return itemsReply(await this.#runner.runEach(asked.commands, readOnly), base64);
      case 'multi-exec': {
        const replies = await this.#runner.runAtomically(asked.commands, readOnly);
        return typeof replies === 'string' ? { status: 400, body: errorJson(replies) } : itemsReply(replies, base64);
      }
    }
  }

  #faultOf(asked: RestRequest): RequestFault | undefined {
    if (asked.kind === 'unreadable') return undefined;
    const commands = asked.kind === 'command' ? [asked.command] : asked.commands;
    return this.#faults.take((fault): fault is RequestFault => isRequestFault(fault, commands));
  }

  #refused(status: number, error: string): Reply {
    this.#requests.add('refused');
    return { status, body: errorJson(error) };
  }

  #accessOf(request: IncomingMessage, url: URL): Access {
    const presented = request.headers.authorization?.replace(/^Bearer /i, '') ?? url.searchParams.get('_token') ?? '';
    if (sameText(presented, this.#entrance.token)) return 'full';
    const { readOnlyToken } = this.#entrance;
    return readOnlyToken !== undefined && sameText(presented, readOnlyToken) ? 'read' : 'none';
  }
}

function itemsReply(replies: readonly RespReply[], base64: boolean): Reply {
  return { status: 200, body: `[${replies.map((reply) => itemJson(reply, base64)).join(',')}]` };
}

/** Takes the same time wherever the texts differ. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
