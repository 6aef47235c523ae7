import { Aws, Duration, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { EventInvokeConfig } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AlarmChannel } from '../monitoring/alarm-channel.ts';
import { RunbookAlarm } from '../monitoring/runbook-alarm.ts';
import type { ScheduleConfig, StageConfig } from '../stage-config.ts';
import { named } from './task-lanes.ts';
import type { TidemarkFunction } from './tidemark-function.ts';

const RETRIES = 2;
/** A tick that is later than this is left to the next one. The defaults would replay a day of them after an outage. */
const OLDEST_TICK = Duration.minutes(5);

export interface PlannerSchedulesProps {
  readonly channel: AlarmChannel;
  readonly planner: TidemarkFunction;
  readonly schedules: StageConfig['schedules'];
}

/** When the planner runs, and where the ticks end that never reached it or that it failed at. */
export class PlannerSchedules extends Construct {
  readonly missedTicks: Queue;
  readonly #role: Role;
  readonly #props: PlannerSchedulesProps;

  constructor(scope: Construct, id: string, props: PlannerSchedulesProps) {
    super(scope, id);
    this.#props = props;
    const { channel, planner } = props;
    this.missedTicks = new Queue(this, 'MissedTicks', {
      ...named(channel, 'missed-ticks'),
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.missedTicks).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SQS3',
      reason: 'It is itself a dead-letter queue, of the schedules and of the planner, which the rule does not look at.',
    });
    this.#role = this.#createRole();
    this.#add('Plan', 'plan', props.schedules.plan);
    this.#add('Discover', 'discover', props.schedules.discover);
    this.#add('Full', 'full', props.schedules.full);
    this.#add('Audit', 'audit', props.schedules.audit);
    // The Scheduler hands a tick over and does not wait: what the planner fails at is repeated by Lambda.
    new EventInvokeConfig(this, 'Failures', {
      function: planner.function,
      retryAttempts: RETRIES,
      maxEventAge: OLDEST_TICK,
      onFailure: new SqsDestination(this.missedTicks),
    });
    new RunbookAlarm(this, 'TicksMissed', {
      channel,
      article: 'missed-ticks',
      summary: 'A scheduled job of the planner was given up after three attempts.',
      metric: this.missedTicks.metricApproximateNumberOfMessagesVisible({
        statistic: 'Maximum',
        period: Duration.minutes(5),
      }),
      threshold: 1,
    });
  }

  #createRole(): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [this.#props.planner.function.functionArn],
      }),
    );
    this.missedTicks.grantSendMessages(role);
    return role;
  }

  #add(id: string, job: string, { cron, timeZone, enabled }: ScheduleConfig): void {
    const schedule = new CfnSchedule(this, id, {
      name: `tidemark-${this.#props.channel.stage}-${job}`,
      scheduleExpression: `cron(${cron})`,
      scheduleExpressionTimezone: timeZone,
      state: enabled ? 'ENABLED' : 'DISABLED',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.#props.planner.function.functionArn,
        roleArn: this.#role.roleArn,
        input: JSON.stringify({ job, scheduledAt: '<aws.scheduler.scheduled-time>' }),
        retryPolicy: { maximumRetryAttempts: RETRIES, maximumEventAgeInSeconds: OLDEST_TICK.toSeconds() },
        deadLetterConfig: { arn: this.missedTicks.queueArn },
      },
    });
    // The Scheduler checks when a schedule is made that its role may do what it is for.
    schedule.node.addDependency(this.#role);
  }
}
