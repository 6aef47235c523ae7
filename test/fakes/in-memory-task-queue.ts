import type { Lane, Task } from '../../lib/domain/task.ts';
import type { OutgoingTask, TaskQueue } from '../../lib/ports/task-queue.ts';

/** Two queues as lists. Nothing is lost, doubled or reordered unless a test does so. */
export class InMemoryTaskQueue implements TaskQueue {
  readonly sent: OutgoingTask[] = [];
  /** Decides which tasks cannot be sent. */
  refuses: (outgoing: OutgoingTask) => boolean = () => false;

  async send(tasks: readonly OutgoingTask[]): Promise<readonly OutgoingTask[]> {
    const refused = tasks.filter((outgoing) => this.refuses(outgoing));
    this.sent.push(...tasks.filter((outgoing) => !refused.includes(outgoing)));
    return refused;
  }

  tasks(lane: Lane): readonly Task[] {
    return this.sent.filter((outgoing) => outgoing.lane === lane).map(({ task }) => task);
  }

  /** Takes what waits in a lane. */
  take(lane: Lane): readonly Task[] {
    const waiting = this.tasks(lane);
    const others = this.sent.filter((outgoing) => outgoing.lane !== lane);
    this.sent.splice(0, this.sent.length, ...others);
    return waiting;
  }
}
