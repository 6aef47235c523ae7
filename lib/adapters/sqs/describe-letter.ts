import { partitionKey } from '../../domain/names.ts';
import { LANES, type Lane, type Task } from '../../domain/task.ts';
import type { DeadLetterNote } from '../../ports/dead-letter-notes.ts';
import { BAD_MESSAGE, type DeadLetter, NO_ANSWER } from '../../ports/dead-letters.ts';
import type { Letter } from './dead-letter-queue.ts';
import type { QueueUrls } from './sqs-task-queue.ts';
import { decodeTask } from './task-codec.ts';

/** A message with the task it asks for. */
export interface Understood {
  readonly letter: Letter;
  readonly task: Task;
}

/** One, or none when the message says nothing understandable. */
export function understand(letter: Letter): readonly Understood[] {
  const task = decodeTask(letter.body);
  return 'problem' in task ? [] : [{ letter, task }];
}

/** By the queue that set the message aside, which is called like the last part of its address. */
export function laneOf({ from }: Letter, lanes: QueueUrls): Lane | undefined {
  return from === undefined ? undefined : LANES.find((lane) => lanes[lane].endsWith(`/${from}`));
}

/** What message and note say; the note tells of the last attempt, and may come from a release that knew more tasks. */
export function describeLetter(letter: Letter, lanes: QueueUrls, note: DeadLetterNote | undefined): DeadLetter {
  const [understood] = understand(letter);
  const about = understood
    ? { task: understood.task.task, key: partitionKey(understood.task, understood.task.partition) }
    : { ...(note?.task && { task: note.task }), ...(note?.key && { key: note.key }) };
  return {
    id: letter.id,
    lane: laneOf(letter, lanes) ?? note?.lane ?? 'unknown',
    ...about,
    reason: note?.code ?? (understood ? NO_ANSWER : BAD_MESSAGE),
    ...(note && { at: note.at }),
    sentAt: letter.sentAt,
  };
}
