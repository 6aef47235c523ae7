import { connect, type Socket } from 'node:net';
import type { RedisTarget } from './redis-target.ts';
import { RespParser, type RespReply } from './resp-parser.ts';

/** A command's name and arguments. */
export type Command = readonly string[];

interface Waiting {
  readonly resolve: (reply: RespReply) => void;
  readonly reject: (cause: Error) => void;
}

interface Link {
  readonly socket: Socket;
  /** Replies come in the order of the commands. */
  readonly waiting: Waiting[];
}

const REPLY_TIMEOUT_MS = 30_000;

/**
 * One connection to a Redis. Opened at the first command and again at the first after a loss; a loss rejects the
 * commands that were waiting, whether they took effect or not.
 */
export class RespConnection {
  readonly #target: RedisTarget;
  #link: Link | undefined;
  #closed = false;

  constructor(target: RedisTarget) {
    this.#target = target;
  }

  /**
   * Sends commands back to back, so that nothing comes between MULTI and EXEC; answers their replies in order.
   * Error replies are values.
   * @throws Error when the connection is lost, refused, or silent for 30 seconds
   */
  send(commands: readonly Command[]): Promise<RespReply[]> {
    if (this.#closed) return Promise.reject(new Error('the connection is closed'));
    this.#link ??= this.#open();
    const { socket, waiting } = this.#link;
    const replies = commands.map(() => new Promise<RespReply>((resolve, reject) => waiting.push({ resolve, reject })));
    socket.write(commands.map(encodeCommand).join(''));
    return Promise.all(replies);
  }

  close(): void {
    this.#closed = true;
    this.#link?.socket.destroy();
  }

  #open(): Link {
    const socket = connect({ host: this.#target.host, port: this.#target.port, noDelay: true });
    const link: Link = { socket, waiting: [] };
    const parser = new RespParser();
    let cause = new Error('the connection to Redis was lost');
    socket.on('data', (chunk) => {
      try {
        for (const reply of parser.push(chunk)) if (!socket.destroyed) link.waiting.shift()?.resolve(reply);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : cause);
      }
    });
    socket.setTimeout(REPLY_TIMEOUT_MS, () => {
      if (link.waiting.length > 0) socket.destroy(new Error('Redis did not answer in time'));
    });
    socket.on('error', (error) => {
      cause = new Error(`the connection to Redis failed: ${error.message}`, { cause: error });
    });
    socket.once('close', () => {
      if (this.#link === link) this.#link = undefined;
      for (const { reject } of link.waiting.splice(0)) reject(cause);
    });
    for (const command of entrance(this.#target)) this.#enter(link, command);
    return link;
  }

  /** A refused AUTH or SELECT ends the connection: what follows would run as somebody else or in another database. */
  #enter({ socket, waiting }: Link, command: Command): void {
    waiting.push({
      resolve: (reply) => {
        if (reply.type === 'error') socket.destroy(new Error(`Redis refused ${command[0]}`));
      },
      reject: () => undefined,
    });
    socket.write(encodeCommand(command));
  }
}

function entrance({ username, password, database }: RedisTarget): Command[] {
  const commands: Command[] = [];
  if (password !== undefined) commands.push(username === undefined ? ['AUTH', password] : ['AUTH', username, password]);
  if (database !== undefined) commands.push(['SELECT', String(database)]);
  return commands;
}

function encodeCommand(command: Command): string {
  let encoded = `*${command.length}\r\n`;
  for (const argument of command) encoded += `$${Buffer.byteLength(argument)}\r\n${argument}\r\n`;
  return encoded;
}
