import { encodeTask } from '../../../lib/adapters/sqs/task-codec.ts';
import { MAX_RECEIVES } from '../../../lib/domain/redelivery.ts';
import type { Lane, Task } from '../../../lib/domain/task.ts';
import type { Delivery, Redelivery } from '../../../lib/ports/redelivery.ts';
import type { OutgoingTask, TaskQueue } from '../../../lib/ports/task-queue.ts';
import type { Chance } from './chance.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';

export interface Message {
  readonly id: string;
  readonly lane: Lane;
  readonly body: string;
  readonly task: Task;
  receives: number;
}

/** What befalls the next message that is sent. */
export type MessageFault =
  /** It arrives twice, the second time after a while. */
  | { readonly kind: 'doubled'; readonly lateMs: number }
  /** Nobody sees its first receipt. */
  | { readonly kind: 'lost-once' }
  | { readonly kind: 'late'; readonly lateMs: number }
  /** It is dealt with, and yet comes again. */
  | { readonly kind: 'undeleted' };

/** SQS: six times the consumer's timeout. */
export const VISIBILITY_MS = 720_000;

/** The two queues and their dead-letter queue: at least once, in no order. */
export class MessageQueues implements TaskQueue, Redelivery {
  /** Messages that may be received now, by lane. */
  readonly ready: Record<Lane, Message[]> = { priority: [], scheduled: [], imports: [], slow: [] };
  readonly deadLetters: Message[] = [];
  /** Not ready, not dealt with. */
  elsewhere = 0;
  readonly #timeline: Timeline;
  readonly #chance: Chance;
  readonly #trace: Trace;
  readonly #arrived: () => void;
  #faults: MessageFault[] = [];
  readonly #undeleted = new Set<string>();
  /** When messages that failed come back, where somebody has said so. */
  readonly #comeBackAt = new Map<string, number>();
  #number = 0;

  constructor(timeline: Timeline, chance: Chance, trace: Trace, arrived: () => void) {
    this.#timeline = timeline;
    this.#chance = chance;
    this.#trace = trace;
    this.#arrived = arrived;
  }

  arm(fault: MessageFault): void {
    this.#faults.push(fault);
  }

  disarm(): void {
    this.#faults = [];
    this.#undeleted.clear();
  }

  async send(tasks: readonly OutgoingTask[]): Promise<readonly OutgoingTask[]> {
    for (const outgoing of tasks) this.#enqueue(outgoing);
    return [];
  }

  /** Up to `most` messages, in no order. The receiver has `VISIBILITY_MS` to say what became of them. */
  receive(lane: Lane, most: number): readonly Message[] {
    const batch: Message[] = [];
    const ready = this.ready[lane];
    while (batch.length < most && ready.length > 0) {
      const [message] = ready.splice(this.#chance.integer(ready.length), 1);
      if (message === undefined) break;
      if (message.receives >= MAX_RECEIVES) {
        this.#trace.say(this.#timeline.nowMs, `${message.id} set aside`);
        this.deadLetters.push(message);
        continue;
      }
      message.receives += 1;
      this.elsewhere += 1;
      batch.push(message);
    }
    return batch;
  }

  /** The message is dealt with, unless deleting it fails. */
  done(message: Message, receivedAtMs: number): void {
    if (this.#undeleted.delete(message.id)) this.back(message, receivedAtMs);
    else this.elsewhere -= 1;
  }

  /** The message comes back when its visibility timeout ends, or when somebody said it should. */
  back(message: Message, receivedAtMs: number): void {
    this.elsewhere -= 1;
    this.#arriveAt(message, this.#comeBackAt.get(message.id) ?? receivedAtMs + VISIBILITY_MS);
    this.#comeBackAt.delete(message.id);
  }

  async comeBackAfter({ receipt }: Delivery, delayMs: number): Promise<void> {
    this.#comeBackAt.set(receipt, this.#timeline.nowMs + delayMs);
  }

  /** A person puts what was set aside back, without the records it carried. */
  redrive(): void {
    for (const { lane, task } of this.deadLetters.splice(0)) {
      const { inline: _dropped, ...rest } = task.task === 'apply' ? task : { ...task, inline: undefined };
      this.#enqueue({ lane, task: rest });
    }
  }

  /** Whether nothing waits anywhere, dead letters apart. */
  get empty(): boolean {
    return this.elsewhere === 0 && Object.values(this.ready).every((ready) => ready.length === 0);
  }

  #enqueue({ task, lane, delayMs = 0 }: OutgoingTask): void {
    const delay = delayMs + this.#chance.integer(this.#chance.onceIn(10) ? 20_000 : 400);
    const message = this.#message(task, lane);
    const fault = this.#faults.shift();
    const dueMs = this.#timeline.nowMs + delay;
    if (fault === undefined) {
      this.#arriveAt(message, dueMs);
      return;
    }
    this.#trace.say(this.#timeline.nowMs, `${message.id} will be ${fault.kind}`);
    switch (fault.kind) {
      case 'doubled':
        this.#arriveAt(message, dueMs);
        this.#arriveAt(this.#message(task, lane), dueMs + fault.lateMs);
        break;
      case 'lost-once':
        message.receives += 1;
        this.#arriveAt(message, dueMs + VISIBILITY_MS);
        break;
      case 'late':
        this.#arriveAt(message, dueMs + fault.lateMs);
        break;
      case 'undeleted':
        this.#undeleted.add(message.id);
        this.#arriveAt(message, dueMs);
    }
  }

  #message(task: Task, lane: Lane): Message {
    this.#number += 1;
    return { id: `m${this.#number}`, lane, body: encodeTask(task), task, receives: 0 };
  }

  #arriveAt(message: Message, atMs: number): void {
    this.elsewhere += 1;
    this.#timeline.at(atMs, () => {
      this.elsewhere -= 1;
      this.ready[message.lane].push(message);
      this.#arrived();
    });
  }
}
