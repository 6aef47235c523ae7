import type { Lane, Task } from '../domain/task.ts';

export interface OutgoingTask {
  readonly task: Task;
  readonly lane: Lane;
  /** Not before this many milliseconds; at most 900,000. */
  readonly delayMs?: number;
}

export interface TaskQueue {
  /**
   * Sends in batches; entries that fail for a passing reason are tried again once.
   * @returns the tasks that could not be sent: their partitions stay pending and are planned again
   */
  send(tasks: readonly OutgoingTask[]): Promise<readonly OutgoingTask[]>;
}
