import { withoutBody } from '../../domain/task.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DeadLetterNote, DeadLetterNotes } from '../../ports/dead-letter-notes.ts';
import type { DeadLetterList, DeadLetters, Redriven, RedriveOptions } from '../../ports/dead-letters.ts';
import type { TaskQueue } from '../../ports/task-queue.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import type { DeadLetterQueue, Letter } from './dead-letter-queue.ts';
import { DeadLetterSweep, type SweepRule } from './dead-letter-sweep.ts';
import { describeLetter, laneOf, type Understood, understand } from './describe-letter.ts';
import type { QueueUrls } from './sqs-task-queue.ts';

export interface DeadLetterSurroundings {
  /** What tells of which lane a message was. */
  readonly lanes: QueueUrls;
  readonly tasks: TaskQueue;
  readonly notes: Pick<DeadLetterNotes, 'find'>;
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'log'>;
}

/** Well within what an HTTP request may take, and what is hidden shows up again before anybody misses it. */
const SWEEP: SweepRule = { hiddenSeconds: 20, waitSeconds: 1, mostMs: 10_000 };

/** The dead-letter queue that all lanes share. */
export class SqsDeadLetters implements DeadLetters {
  readonly #queue: DeadLetterQueue;
  readonly #around: DeadLetterSurroundings;
  readonly #rule: SweepRule;

  constructor(queue: DeadLetterQueue, around: DeadLetterSurroundings, rule: Partial<SweepRule> = {}) {
    this.#queue = queue;
    this.#around = around;
    this.#rule = { ...SWEEP, ...rule };
  }

  async list(limit: number): Promise<DeadLetterList> {
    const total = await this.#queue.count();
    const met: Letter[] = [];
    const exhausted = await this.#sweep(async (sweep) => {
      for await (const letters of sweep.rounds()) {
        met.push(...letters);
        if (met.length > limit) return;
      }
    });
    const shown = met.slice(0, limit);
    const notes = await this.#notesOf(shown);
    const letters = shown.map((letter) => describeLetter(letter, this.#around.lanes, notes.get(letter.id)));
    return { letters, more: met.length > limit || !exhausted, total: Math.max(total, met.length) };
  }

  async redrive({ limit, ids }: RedriveOptions): Promise<Redriven> {
    let [redriven, unsent, notUnderstood] = [0, 0, 0];
    await this.#choose(ids, async (sweep, chosen) => {
      const understood = chosen.flatMap(understand);
      const tried = understood.slice(0, limit - redriven - unsent);
      const sent = await this.#sendAgain(tried);
      // Only now: a crash in between doubles a task, and never loses one.
      await this.#remove(sweep, sent);
      redriven += sent.length;
      unsent += tried.length - sent.length;
      notUnderstood += chosen.length - understood.length;
      return redriven + unsent < limit;
    });
    return { redriven, left: unsent + notUnderstood };
  }

  async discard(ids: readonly string[]): Promise<number> {
    let discarded = 0;
    await this.#choose(ids, async (sweep, chosen) => {
      discarded += await this.#remove(sweep, chosen);
      return true;
    });
    return discarded;
  }

  /** Hands over what the queue holds, or of that what is named, while `handle` wants more. */
  async #choose(
    ids: readonly string[] | undefined,
    handle: (sweep: DeadLetterSweep, chosen: readonly Letter[]) => Promise<boolean>,
  ): Promise<void> {
    const missing = ids && new Set(ids);
    if (missing?.size === 0) return;
    await this.#sweep(async (sweep) => {
      for await (const letters of sweep.rounds()) {
        const chosen = missing === undefined ? letters : letters.filter(({ id }) => missing.delete(id));
        if (chosen.length > 0 && !(await handle(sweep, chosen))) return;
        if (missing?.size === 0) return;
      }
    });
  }

  /** @returns whether the queue had nothing left */
  async #sweep(work: (sweep: DeadLetterSweep) => Promise<void>): Promise<boolean> {
    const sweep = new DeadLetterSweep(this.#queue, this.#rule, this.#around.clock);
    try {
      await work(sweep);
      return sweep.exhausted;
    } finally {
      await sweep.end().catch((error: unknown) => this.#warn('dead letters stay hidden for a while', error));
    }
  }

  /** @returns what was sent */
  async #sendAgain(understood: readonly Understood[]): Promise<readonly Letter[]> {
    const laneless = understood.filter(({ letter }) => laneOf(letter, this.#around.lanes) === undefined);
    const notes = await this.#notesOf(laneless.map(({ letter }) => letter));
    const outgoing = understood.map(({ letter, task }) => {
      const lane = laneOf(letter, this.#around.lanes) ?? notes.get(letter.id)?.lane ?? 'scheduled';
      return { letter, message: { task: withoutBody(task), lane } };
    });
    const unsent = new Set(await this.#around.tasks.send(outgoing.map(({ message }) => message)));
    return outgoing.flatMap(({ letter, message }) => (unsent.has(message) ? [] : [letter]));
  }

  async #remove(sweep: DeadLetterSweep, letters: readonly Letter[]): Promise<number> {
    const removed = await sweep.remove(letters);
    if (removed < letters.length) this.#warn('dead letters could not be deleted', undefined, letters.length - removed);
    return removed;
  }

  async #notesOf(letters: readonly Letter[]): Promise<ReadonlyMap<string, DeadLetterNote>> {
    return letters.length === 0 ? new Map() : this.#around.notes.find(letters.map(({ id }) => id));
  }

  #warn(message: string, error: unknown, messages?: number): void {
    this.#around.telemetry.log('warn', message, {
      messages,
      reason: error instanceof Error ? error.message : undefined,
    });
  }
}
