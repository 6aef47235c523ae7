import { Duration } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { MAX_RECEIVES } from '../../lib/domain/redelivery.ts';
import type { Lane } from '../../lib/domain/task.ts';
import type { AlarmChannel } from '../monitoring/alarm-channel.ts';
import { RunbookAlarm } from '../monitoring/runbook-alarm.ts';
import type { TidemarkFunction } from './tidemark-function.ts';

/** Lanes whose tasks the sync function carries out. */
const SYNC_LANES = ['priority', 'scheduled'] as const satisfies readonly Lane[];

/** Lanes to which whoever syncs hands out tasks. */
const SENT_LANES = ['priority', 'scheduled', 'slow'] as const satisfies readonly Lane[];

/** A task that takes minutes has many of its kind before it. */
const SLOW_BEHIND_AFTER = Duration.hours(1);

/** Imports at a time: the fewest that Lambda allows. */
const IMPORTS_AT_ONCE = 2;

/** AWS's advice for functions that read from queues: below it, a message may come back while it is still being worked on. */
const VISIBILITY_PER_TIMEOUT = 6;

export interface TaskLanesProps {
  readonly channel: AlarmChannel;
  /** Of the function that reads them. */
  readonly consumerTimeout: Duration;
  /** Of the function that reads the lane of imports. */
  readonly importTimeout: Duration;
  /** Of the function that reads the lane of what takes minutes. */
  readonly slowTimeout: Duration;
  /** A message that waits longer raises an alarm, in the slow lane after an hour. */
  readonly behindAfter: Duration;
}

/** The queues of tasks and the place where tasks end that cannot be carried out. */
export class TaskLanes extends Construct {
  readonly queues: Readonly<Record<Lane, Queue>>;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: TaskLanesProps) {
    super(scope, id);
    const { channel } = props;
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...named(channel, 'dead-letters'),
      retentionPeriod: Duration.days(14),
    });
    this.queues = {
      priority: this.#lane('Priority', 'priority', props),
      scheduled: this.#lane('Scheduled', 'scheduled', props),
      imports: this.#lane('Imports', 'imports', { ...props, consumerTimeout: props.importTimeout }),
      slow: this.#lane('Slow', 'slow', {
        ...props,
        consumerTimeout: props.slowTimeout,
        behindAfter: SLOW_BEHIND_AFTER,
      }),
    };
    new RunbookAlarm(this, 'DeadLettersWaiting', {
      channel,
      article: 'dead-letters',
      summary: 'A task failed five times and was set aside. Its partition stays pending and is planned again.',
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({
        statistic: 'Maximum',
        period: Duration.minutes(5),
      }),
      threshold: 1,
    });
  }

  /** Lets a function carry out imports, one at a time. */
  feedImports(consumer: TidemarkFunction): void {
    this.#feed(consumer, 'imports', 1, IMPORTS_AT_ONCE);
  }

  /** Lets a function carry out what takes minutes, one task an execution. */
  feedSlow(consumer: TidemarkFunction, concurrency: number): void {
    this.#feed(consumer, 'slow', 1, concurrency);
  }

  /** Lets a function carry out the tasks of both other lanes, with so many executions each. */
  feed(
    consumer: TidemarkFunction,
    batchSize: number,
    concurrency: Readonly<Record<(typeof SYNC_LANES)[number], number>>,
  ): void {
    for (const lane of SYNC_LANES) this.#feed(consumer, lane, batchSize, concurrency[lane]);
  }

  /** Lets a function hand out tasks, by default those of syncing. */
  grantSend(grantee: IGrantable, lanes: readonly Lane[] = SENT_LANES): void {
    const resources = lanes.map((lane) => this.queues[lane].queueArn);
    grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources }));
  }

  /** Lets a function look through the tasks that were set aside, and take them away. */
  grantRedrive(grantee: IGrantable): void {
    const actions = [
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
    ];
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions, resources: [this.deadLetters.queueArn] }),
    );
  }

  #feed(consumer: TidemarkFunction, lane: Lane, batchSize: number, maxConcurrency: number): void {
    const queue = this.queues[lane];
    queue.grantConsumeMessages(consumer);
    new EventSourceMapping(consumer, `From-${lane}`, {
      target: consumer.function,
      eventSourceArn: queue.queueArn,
      batchSize,
      maxConcurrency,
      reportBatchItemFailures: true,
    });
  }

  #lane(id: string, lane: Lane, { channel, consumerTimeout, behindAfter }: TaskLanesProps): Queue {
    const queue = new Queue(this, id, {
      // The sync function tells the lane of a message by this name.
      ...named(channel, lane),
      visibilityTimeout: Duration.seconds(VISIBILITY_PER_TIMEOUT * consumerTimeout.toSeconds()),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
    new RunbookAlarm(this, `${id}Behind`, {
      channel,
      article: 'lane-behind',
      subject: lane,
      summary: `A task has waited in the ${lane} lane for more than ${behindAfter.toMinutes()} minutes.`,
      metric: queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period: Duration.minutes(5) }),
      threshold: behindAfter.toSeconds(),
      evaluationPeriods: 2,
    });
    return queue;
  }
}

/** A name, encryption at rest and in transit: what every queue of a stage has. */
export function named({ stage }: AlarmChannel, name: string): QueueProps {
  return { queueName: `tidemark-${stage}-${name}`, encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };
}
