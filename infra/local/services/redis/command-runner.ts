import type { Counters } from '../counters.ts';
import type { FaultQueue } from '../fault-queue.ts';
import { refusal } from './command-rights.ts';
import { type GatewayFault, isItemFault } from './gateway-faults.ts';
import type { Command, RespConnection } from './resp-connection.ts';
import type { RespReply } from './resp-parser.ts';
import { ScriptShebangs } from './script-shebang.ts';

const DEFAULT_ITEM_ERROR = 'ERR the command failed';

/** Runs what a request asks on one connection. */
export class CommandRunner {
  readonly #connection: RespConnection;
  readonly #faults: FaultQueue<GatewayFault>;
  readonly #meter: Counters;
  readonly #shebangs = new ScriptShebangs();

  constructor(connection: RespConnection, faults: FaultQueue<GatewayFault>, meter: Counters) {
    this.#connection = connection;
    this.#faults = faults;
    this.#meter = meter;
  }

  /** In order, each by itself: an error is that item's reply and the others run. */
  async runEach(commands: readonly Command[], readOnly: boolean): Promise<RespReply[]> {
    const refused = commands.map((command) => this.#refuse(command, readOnly));
    const allowed = commands.filter((_, index) => refused[index] === undefined);
    const replies = (await this.#send(allowed)).values();
    return refused.map((error) => error ?? replies.next().value ?? failed('ERR no reply'));
  }

  /** As one transaction; a single error when it was discarded as a whole. */
  async runAtomically(commands: readonly Command[], readOnly: boolean): Promise<readonly RespReply[] | string> {
    for (const command of commands) {
      const refused = this.#refuse(command, readOnly);
      if (refused !== undefined) return refused.message;
    }
    const queued = await this.#send([['MULTI'], ...commands, ['EXEC']]);
    const executed = queued.at(-1);
    if (executed?.type !== 'array') return executed?.type === 'error' ? executed.message : 'EXECABORT';
    return commands.map((command, index) => this.#inward(command, executed.items[index]));
  }

  #refuse(command: Command, readOnly: boolean): Extract<RespReply, { type: 'error' }> | undefined {
    this.#meter.add(command[0]?.toUpperCase() ?? '');
    const error = refusal(command, readOnly);
    if (error !== undefined) return failed(error);
    const fault = this.#faults.take((candidate) => isItemFault(candidate, command));
    return fault?.kind === 'fail-item' ? failed(fault.error ?? DEFAULT_ITEM_ERROR) : undefined;
  }

  async #send(commands: readonly Command[]): Promise<RespReply[]> {
    if (commands.length === 0) return [];
    const replies = await this.#connection.send(commands.map((command) => this.#shebangs.outward(command)));
    return commands.map((command, index) => this.#inward(command, replies[index]));
  }

  #inward(command: Command, reply: RespReply | undefined): RespReply {
    return this.#shebangs.inward(command, reply ?? failed('ERR no reply'));
  }
}

function failed(message: string): Extract<RespReply, { type: 'error' }> {
  return { type: 'error', message };
}
