import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { Readable } from 'node:stream';
import { ClassicLevel } from 'classic-level';
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

  /** @param directory of its LevelDB; in memory when absent. @throws Error that says why nothing can be kept there */
  static async open(directory?: string): Promise<DynaliteEngine> {
    if (directory !== undefined) await tryToOpen(directory);
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

/** dynalite opens its folder only when it is first called, and ends the process when it cannot. */
async function tryToOpen(directory: string): Promise<void> {
  const level = new ClassicLevel(directory);
  try {
    await level.open();
  } catch (error) {
    const isLocked = codeOf(error instanceof Error ? error.cause : undefined) === 'LEVEL_LOCKED';
    throw new Error(
      `${directory}: ${isLocked ? 'another program keeps its tables there' : 'tables cannot be kept there'}`,
      {
        cause: error,
      },
    );
  } finally {
    await level.close();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
