import { SQSClient } from '@aws-sdk/client-sqs';
import { startEmbeddedSqs } from '../../infra/local/services/sqs/embedded-sqs.ts';
import { SqsTaskQueue } from '../../lib/adapters/sqs/sqs-task-queue.ts';
import { decodeTask } from '../../lib/adapters/sqs/task-codec.ts';
import type { Task } from '../../lib/domain/task.ts';
import { InMemoryTaskQueue } from '../fakes/in-memory-task-queue.ts';
import { present } from '../support/present.ts';
import { taskQueueContract } from './task-queue.contract.ts';

taskQueueContract('in memory', async () => {
  const queue = new InMemoryTaskQueue();
  return {
    queue,
    received: async (lane) => queue.take(lane),
    close: async () => {},
  };
});

taskQueueContract('SQS adapter on the embedded SQS', async () => {
  const sqs = await startEmbeddedSqs({ region: 'eu-central-1' });
  const [priority, scheduled, imports, slow] = await Promise.all(
    ['priority', 'scheduled', 'imports', 'slow'].map((name) => sqs.createQueue(name)),
  );
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new SQSClient({ region: 'eu-central-1', endpoint: sqs.url, credentials });
  const urls = {
    priority: present(priority, 'the lane').url,
    scheduled: present(scheduled, 'the lane').url,
    imports: present(imports, 'the lane').url,
    slow: present(slow, 'the lane').url,
  };
  return {
    queue: new SqsTaskQueue(client, urls),
    received: async (lane) => {
      const tasks: Task[] = [];
      for (;;) {
        const request = { QueueUrl: urls[lane], MaxNumberOfMessages: 10, VisibilityTimeout: 600 };
        const { Messages } = await sqs.call('test', 'ReceiveMessage', request);
        if (!Array.isArray(Messages) || Messages.length === 0) return tasks;
        for (const { Body } of Messages) {
          const decoded = decodeTask(Body);
          if ('problem' in decoded) throw new Error(decoded.problem);
          tasks.push(decoded);
        }
      }
    },
    close: async () => {
      client.destroy();
      await sqs.close();
    },
  };
});
