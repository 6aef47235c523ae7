import { type Instant, plusMs } from '../../lib/domain/instant.ts';
import type { Task } from '../../lib/domain/task.ts';
import type { World } from './world.ts';

interface Message {
  readonly task: Task;
  readonly arrivesAt: Instant;
  readonly receives: number;
}

const MAX_RECEIVES = 5;
/** Six times the sync function's timeout. */
const VISIBILITY_MS = 720_000;
const PLANNER_EVERY_MS = 300_000;

/**
 * A world's messages as SQS delivers them: each when its delay is over, to the second; one that fails comes back after
 * its visibility timeout, and is set aside after five times. The planner comes every five minutes.
 */
export class Deliveries {
  readonly deadLetters: Task[] = [];
  /** When delayed messages were to arrive, in the order of sending. */
  readonly delayedTo: Instant[] = [];
  /** How often a message came back for having failed. */
  comebacks = 0;
  readonly #world: World;
  #messages: readonly Message[] = [];
  #planAt: Instant;

  constructor(world: World) {
    this.#world = world;
    this.#planAt = plusMs(world.clock.now(), PLANNER_EVERY_MS);
  }

  get waiting(): number {
    return this.#messages.length;
  }

  /** Lets time pass, with everything that happens in it. */
  async pass(ms: number): Promise<void> {
    const { clock } = this.#world;
    const end = plusMs(clock.now(), ms);
    this.#collect();
    for (let at = this.#next(); at <= end; at = this.#next()) {
      clock.advance(Math.max(0, at - clock.now()));
      await (at === this.#planAt ? this.#plan() : this.#deliver());
      this.#collect();
    }
    clock.advance(Math.max(0, end - clock.now()));
  }

  #next(): Instant {
    const first = this.#messages[0];
    return first === undefined || first.arrivesAt > this.#planAt ? this.#planAt : first.arrivesAt;
  }

  async #plan(): Promise<void> {
    this.#planAt = plusMs(this.#planAt, PLANNER_EVERY_MS);
    await this.#world.plan();
  }

  async #deliver(): Promise<void> {
    const [message, ...others] = this.#messages;
    if (message === undefined) return;
    this.#messages = others;
    const verdict = await this.#world.deliver(message.task);
    if (!(verdict instanceof Error) && verdict.verdict === 'done') return;
    const receives = message.receives + 1;
    this.comebacks += 1;
    if (receives >= MAX_RECEIVES) this.deadLetters.push(message.task);
    else this.#add({ task: message.task, receives, arrivesAt: plusMs(this.#world.clock.now(), VISIBILITY_MS) });
  }

  #collect(): void {
    const now = this.#world.clock.now();
    for (const { task, delayMs = 0 } of this.#world.queue.sent.splice(0)) {
      const arrivesAt = plusMs(now, Math.ceil(delayMs / 1_000) * 1_000);
      if (delayMs > 0) this.delayedTo.push(arrivesAt);
      this.#add({ task, receives: 0, arrivesAt });
    }
  }

  #add(message: Message): void {
    this.#messages = [...this.#messages, message].toSorted((a, b) => a.arrivesAt - b.arrivesAt);
  }
}
