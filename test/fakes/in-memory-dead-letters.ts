import type { Instant } from '../../lib/domain/instant.ts';
import { partitionKey } from '../../lib/domain/names.ts';
import { type Lane, type Task, withoutBody } from '../../lib/domain/task.ts';
import type { DeadLetterNotes } from '../../lib/ports/dead-letter-notes.ts';
import type {
  DeadLetter,
  DeadLetterList,
  DeadLetters,
  Redriven,
  RedriveOptions,
} from '../../lib/ports/dead-letters.ts';
import type { TaskQueue } from '../../lib/ports/task-queue.ts';

/** A message that was set aside. */
export interface SetAside {
  readonly id: string;
  readonly lane: Lane | 'unknown';
  /** Absent when it is not understood. */
  readonly task?: Task;
  readonly sentAt: Instant;
}

/** Messages that were set aside as a list, in the order they came. */
export class InMemoryDeadLetters implements DeadLetters {
  readonly messages: SetAside[] = [];
  readonly #tasks: TaskQueue;
  readonly #notes: Pick<DeadLetterNotes, 'find'>;

  constructor(tasks: TaskQueue, notes: Pick<DeadLetterNotes, 'find'>) {
    this.#tasks = tasks;
    this.#notes = notes;
  }

  async list(limit: number): Promise<DeadLetterList> {
    const shown = this.messages.slice(0, limit);
    const letters = await Promise.all(shown.map((message) => this.#describe(message)));
    return { letters, more: this.messages.length > limit, total: this.messages.length };
  }

  async redrive({ limit, ids }: RedriveOptions): Promise<Redriven> {
    const chosen = this.messages.filter(({ id }) => ids?.includes(id) ?? true);
    let [redriven, unsent, notUnderstood] = [0, 0, 0];
    for (const message of chosen) {
      if (redriven + unsent === limit) break;
      if (message.task === undefined) notUnderstood += 1;
      else if (await this.#send(message, message.task)) redriven += 1;
      else unsent += 1;
    }
    return { redriven, left: unsent + notUnderstood };
  }

  async discard(ids: readonly string[]): Promise<number> {
    const found = this.messages.filter(({ id }) => ids.includes(id));
    for (const message of found) this.#remove(message);
    return found.length;
  }

  async #send(message: SetAside, task: Task): Promise<boolean> {
    const noted = (await this.#notes.find([message.id])).get(message.id)?.lane;
    const lane = message.lane === 'unknown' ? (noted ?? 'scheduled') : message.lane;
    const unsent = await this.#tasks.send([{ task: withoutBody(task), lane }]);
    if (unsent.length === 0) this.#remove(message);
    return unsent.length === 0;
  }

  #remove(message: SetAside): void {
    this.messages.splice(this.messages.indexOf(message), 1);
  }

  async #describe({ id, lane, task, sentAt }: SetAside): Promise<DeadLetter> {
    const note = (await this.#notes.find([id])).get(id);
    return {
      id,
      lane: lane === 'unknown' ? (note?.lane ?? 'unknown') : lane,
      ...(task && { task: task.task, key: partitionKey(task, task.partition) }),
      reason: note?.code ?? (task ? 'no-answer' : 'bad-message'),
      ...(note && { at: note.at }),
      sentAt,
    };
  }
}
