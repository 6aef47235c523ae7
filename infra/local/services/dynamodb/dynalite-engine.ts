import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { Readable } from 'node:stream';
import dynalite from 'dynalite';
import type { AwsAnswer } from '../aws-json-server.ts';
import { closeServer, listenOnLoopback } from '../http-server.ts';
import { isObject, type JsonObject } from '../json.ts';

/** What dynalite looks for before it answers; it verifies no signature. */
const HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  authorization: 'AWS4-HMAC-SHA256 Credential=l/20200101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=x',
  'x-amz-date': '20200101T000000Z',
};

/** What is answered once it is being closed: callers are ending too. */
const CLOSING: AwsAnswer = { status: 503, body: { __type: 'ServiceUnavailable' } };

/** dynalite, called in this process without a socket. */
export class DynaliteEngine {
  readonly #server: Server;
  readonly #underWay = new Set<Promise<AwsAnswer>>();
  #isClosing = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param directory of its LevelDB; in memory when absent */
  static async open(directory?: string): Promise<DynaliteEngine> {
    const immediately = { createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 };
    const server = dynalite({ ...immediately, ...(directory === undefined ? {} : { path: directory }) });
    // It closes its database only when it stops listening, so it must listen, though nobody calls it there.
    await listenOnLoopback(server);
    return new DynaliteEngine(server);
  }

  async call(operation: string, input: JsonObject): Promise<AwsAnswer> {
    if (this.#isClosing) return CLOSING;
    const answer = this.#ask(operation, input);
    this.#underWay.add(answer);
    try {
      return await answer;
    } finally {
      this.#underWay.delete(answer);
    }
  }

  /** Ends what is under way first: dynalite ends the process when it finds its database closed. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.allSettled(this.#underWay);
    await closeServer(this.#server);
  }

  #ask(operation: string, input: JsonObject): Promise<AwsAnswer> {
    return new Promise((resolve) => {
      const headers = { ...HEADERS, 'x-amz-target': `DynamoDB_20120810.${operation}` };
      const request = Object.assign(Readable.from([Buffer.from(JSON.stringify(input))]), {
        method: 'POST',
        url: '/',
        headers,
      });
      const response = Object.assign(new EventEmitter(), {
        statusCode: 200,
        setHeader: () => undefined,
        end: (text: string) => {
          const body: unknown = text ? JSON.parse(text) : {};
          resolve({ status: response.statusCode, body: isObject(body) ? body : {} });
        },
      });
      this.#server.emit('request', request, response);
    });
  }
}
