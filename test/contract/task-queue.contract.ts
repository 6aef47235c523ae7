import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instantFromMs } from '../../lib/domain/instant.ts';
import type { Lane, Task } from '../../lib/domain/task.ts';
import type { TaskQueue } from '../../lib/ports/task-queue.ts';

export interface TaskQueueHarness {
  readonly queue: TaskQueue;
  /** Takes what waits in a lane. */
  received(lane: Lane): Promise<readonly Task[]>;
  close(): Promise<void>;
}

const window = (partition: string): Task => ({
  task: 'window',
  connection: 'main',
  stream: 'registrations',
  partition,
  reason: 'due',
});

export const apply = (inline: string, partition = '443'): Task => ({
  task: 'apply',
  connection: 'main',
  stream: 'registrations',
  partition,
  delta: 7,
  order: 12,
  servedAt: instantFromMs(1_763_707_620_000),
  inline,
});

/** What every task queue must do. */
export function taskQueueContract(name: string, open: () => Promise<TaskQueueHarness>): void {
  describe(`task queue: ${name}`, () => {
    let harness: TaskQueueHarness;
    const sorted = async (lane: Lane) =>
      (await harness.received(lane)).toSorted((a, b) =>
        a.partition.localeCompare(b.partition, 'en', { numeric: true }),
      );

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    it('delivers each kind of task as it was sent, in its lane', async () => {
      const key = { connection: 'main', stream: 'registrations', partition: '4433256000013547003' };
      const tasks: readonly Task[] = [
        apply('H4sI', '1'),
        { ...key, partition: '2', task: 'apply', delta: 8, order: 13, servedAt: instantFromMs(0) },
        { ...key, partition: '3', task: 'window', reason: 'pending' },
        { ...key, partition: '4', task: 'full', run: '0mi8q2x1k-abcdefgh' },
        { ...key, partition: '*', task: 'walk', run: '0mi8q2x1k-abcdefgh' },
      ];
      expect(await harness.queue.send(tasks.map((task) => ({ task, lane: 'priority' })))).toEqual([]);
      expect(await harness.queue.send([{ task: window('9'), lane: 'scheduled' }])).toEqual([]);
      expect((await sorted('priority')).toSorted((a, b) => a.partition.localeCompare(b.partition))).toEqual(
        tasks.toSorted((a, b) => a.partition.localeCompare(b.partition)),
      );
      expect(await sorted('scheduled')).toEqual([window('9')]);
    });

    it('sends more than fit into one batch', async () => {
      const tasks = Array.from({ length: 47 }, (_, index) => window(String(index)));
      await harness.queue.send(tasks.map((task) => ({ task, lane: 'scheduled' })));
      expect(await sorted('scheduled')).toEqual(tasks);
    });

    it('sends tasks that are large together', async () => {
      const tasks = Array.from({ length: 10 }, (_, index) => apply('A'.repeat(200_000), String(index)));
      expect(await harness.queue.send(tasks.map((task) => ({ task, lane: 'scheduled' })))).toEqual([]);
      expect(await sorted('scheduled')).toEqual(tasks);
    });

    it('sends nothing when there is nothing to send', async () => {
      expect(await harness.queue.send([])).toEqual([]);
    });
  });
}
