import type { Instant } from './instant.ts';
import type { PartitionKey } from './names.ts';

/**
 * What a queue message asks. A message is a hint: the partition's item is read fresh and says what is really due, so
 * a message that is lost, doubled, late or out of order changes what is done when, never what is right.
 */
export type Task =
  | ApplyTask
  | WindowTask
  | FullTask
  | WalkTask
  | AuditTask
  | DropTask
  | PlanTask
  | HintTask
  | ImportTask;

/** Apply what delta `delta` found for one partition. */
export interface ApplyTask extends PartitionKey {
  readonly task: 'apply';
  readonly delta: number;
  /** Call number under which the records were read. */
  readonly order: number;
  /** Source clock when the first page of the read was served. */
  readonly servedAt: Instant;
  /** The same of its own page. @default servedAt */
  readonly pageServedAt?: Instant;
  /** The changed records, and those that have left, packed; absent when they were too large for a message. */
  readonly inline?: string;
  /** Whether the delta had further pages, which may show older versions of what this one says has left. */
  readonly followed?: boolean;
}

/** Do what the partition's item says is pending: re-read its window, remove what moved away. */
export interface WindowTask extends PartitionKey {
  readonly task: 'window';
  readonly reason: 'pending' | 'due';
}

/** Read the whole partition, and remove what is gone. */
export interface FullTask extends PartitionKey {
  readonly task: 'full';
  readonly run: string;
}

/** Read the whole stream, split by partition; `partition` is `*`. */
export interface WalkTask extends PartitionKey {
  readonly task: 'walk';
  readonly run: string;
}

/** Compare the cache with the source; `partition` is `*` for the whole stream. */
export interface AuditTask extends PartitionKey {
  readonly task: 'audit';
  readonly run: string;
}

/** Remove a whole partition from the cache, because a person approved the plan to; `*`: every partition. */
export interface DropTask extends PartitionKey {
  readonly task: 'drop';
  readonly plan: string;
}

/** Ask the stream what changed now, because somebody waits for it; `partition` is `*`. */
export interface PlanTask extends PartitionKey {
  readonly task: 'plan';
}

/** Ask the source for the records that webhooks told of, which wait in the stream's inbox; `partition` is `*`. */
export interface HintTask extends PartitionKey {
  readonly task: 'hint';
  /** How often records were put back since they could not be written, because others held their partitions. @default 0 */
  readonly tries?: number;
  /** For when it was sent, if not for at once: a clock that is behind may take it for early, and must not let it go. */
  readonly due?: Instant;
}

/** Apply the rows of a file that somebody has brought; `partition` is `*`. Only people ask for it, never a schedule. */
export interface ImportTask extends PartitionKey {
  readonly task: 'import';
  /** Also names the file. */
  readonly run: string;
  /** Only counts what it would do. */
  readonly dryRun?: boolean;
}

/**
 * The queues. Each has its own consumers, so scheduled bulk never delays what a person waits for, and what takes minutes
 * delays nothing else.
 */
export const LANES = ['priority', 'scheduled', 'imports', 'slow'] as const;

export type Lane = (typeof LANES)[number];

/**
 * The lane on which a task of a stream is carried out, whichever it was sent on: where answers take minutes, whatever
 * asks the source has a function that lasts long enough.
 */
export function laneOf(task: Pick<Task, 'task'>, stream: { readonly slow?: boolean }, sentOn: Lane): Lane {
  const asksSource = task.task !== 'plan' && task.task !== 'drop' && task.task !== 'import';
  return stream.slow === true && asksSource ? 'slow' : sentOn;
}

/** The task without the records it may carry: whoever carries it out later reads them again. */
export function withoutBody(task: Task): Task {
  if (task.task !== 'apply') return task;
  const { inline: _body, ...rest } = task;
  return rest;
}
