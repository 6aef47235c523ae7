import type { Lane } from '../domain/task.ts';

/** One delivery of a message: the next one has another receipt. */
export interface Delivery {
  readonly lane: Lane;
  readonly receipt: string;
}

/** When messages come back that failed. */
export interface Redelivery {
  /**
   * Lets a message come back after `delayMs`, rounded up to whole seconds, in place of its queue's own time. Changes
   * neither how often it was delivered nor whether it is deleted.
   * @throws Failure when that is not known to have worked: it then comes back in the queue's own time
   */
  comeBackAfter(delivery: Delivery, delayMs: number): Promise<void>;
}
