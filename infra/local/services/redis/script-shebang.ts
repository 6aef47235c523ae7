import { createHash } from 'node:crypto';
import type { Command } from './resp-connection.ts';
import type { RespReply } from './resp-parser.ts';

const SHEBANG = /^#!lua(?=[ \n])/;

/**
 * Makes scripts that begin with `#!lua flags=allow-key-locking`, which only Upstash knows, run on a plain Redis: the
 * first line becomes a comment, and the digest by which callers know the script stands for the digest Redis knows.
 */
export class ScriptShebangs {
  readonly #knownToRedis = new Map<string, string>();
  readonly #knownToCaller = new Map<string, string>();

  /** The command as Redis is to see it. */
  outward(command: Command): Command {
    const name = command[0]?.toUpperCase();
    const subcommand = command[1]?.toUpperCase();
    if (name === 'EVAL' || name === 'EVAL_RO') return this.#commentOut(command, 1);
    if (name === 'EVALSHA' || name === 'EVALSHA_RO') return this.#translate(command, 1, 2);
    if (name === 'SCRIPT' && subcommand === 'LOAD') return this.#commentOut(command, 2);
    if (name === 'SCRIPT' && subcommand === 'EXISTS') return this.#translate(command, 2, command.length);
    return command;
  }

  /** The reply as the caller is to see it: SCRIPT LOAD answers the digest of the script that was sent. */
  inward(command: Command, reply: RespReply): RespReply {
    if (command[0]?.toUpperCase() !== 'SCRIPT' || reply.type !== 'bulk') return reply;
    const digest = this.#knownToCaller.get(reply.bytes.toString());
    return digest === undefined ? reply : { type: 'bulk', bytes: Buffer.from(digest) };
  }

  #commentOut(command: Command, index: number): Command {
    const script = command[index];
    if (script === undefined || !SHEBANG.test(script)) return command;
    const plain = `--${script}`;
    const [caller, redis] = [sha1(script), sha1(plain)];
    this.#knownToRedis.set(caller, redis);
    this.#knownToCaller.set(redis, caller);
    return command.with(index, plain);
  }

  #translate(command: Command, from: number, to: number): Command {
    return command.map((argument, index) =>
      index < from || index >= to ? argument : (this.#knownToRedis.get(argument.toLowerCase()) ?? argument),
    );
  }
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
