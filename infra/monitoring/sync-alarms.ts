import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { StageConfig } from '../stage-config.ts';
import type { AlarmChannel } from './alarm-channel.ts';
import { metric, overall } from './metrics.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

export interface SyncAlarmsProps {
  readonly channel: AlarmChannel;
  readonly config: Pick<StageConfig, 'policy' | 'watchedConnections'>;
}

interface WatchedStream {
  readonly connection: string;
  readonly stream: string;
  readonly staleAfterMinutes: number;
}

/** Of this many runs in a quarter of an hour, fewer say nothing about a rate. */
const FEWEST_FAILURES = 3;
const FAILURE_PERCENT = 20;
const QUOTA_PERCENT = 80;
const THROTTLES = 10;
/** Fewer come from a vendor's own retries, or from whoever tries every address there is. */
const REFUSED_WEBHOOKS = 20;
const QUARTER = Duration.minutes(15);
/** It is reported once a cycle. */
const BREAKER_REPORT = Duration.minutes(5);

/** Alarms on what syncing itself reports: those over all connections, and two for each stream that is watched. */
export class SyncAlarms extends Construct {
  constructor(scope: Construct, id: string, props: SyncAlarmsProps) {
    super(scope, id);
    const { channel, config } = props;
    this.#watchPlanner(channel, config.policy.staleAfterMinutes);
    this.#watchConnections(channel);
    for (const { id: connection, streams, staleAfterMinutes } of config.watchedConnections) {
      for (const stream of streams) {
        const threshold = staleAfterMinutes ?? config.policy.staleAfterMinutes;
        this.#watchStream(channel, { connection, stream, staleAfterMinutes: threshold });
      }
    }
  }

  #watchPlanner(channel: AlarmChannel, staleAfterMinutes: number): void {
    new RunbookAlarm(this, 'PlannerSilent', {
      channel,
      article: 'planner-silent',
      summary: `The planner has completed no cycle for ${staleAfterMinutes} minutes: no stream is being synced.`,
      metric: metric('PlannerCycles', 'SUM', Duration.minutes(staleAfterMinutes)),
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
    });
    new RunbookAlarm(this, 'ConnectionsBroken', {
      channel,
      article: 'connections-broken',
      summary: 'The parameter of at least one connection cannot be used: that connection is not synced.',
      metric: metric('ConnectionsBroken', 'MAX', QUARTER),
      threshold: 1,
    });
  }

  #watchConnections(channel: AlarmChannel): void {
    new RunbookAlarm(this, 'QuotaLow', {
      channel,
      article: 'quota-low',
      summary: `A connection has spent over ${QUOTA_PERCENT} % of its calls of the day.`,
      metric: overall('BudgetUsed', 'MAX', QUARTER),
      threshold: QUOTA_PERCENT,
      comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
      // The less is left, the seldomer a stream is asked, and only then is the figure reported.
      evaluationPeriods: 4,
      datapointsToAlarm: 1,
    });
    new RunbookAlarm(this, 'SourceThrottled', {
      channel,
      article: 'source-throttled',
      summary: `A source refused ${THROTTLES} calls or more in 15 minutes because there were too many.`,
      metric: overall('SourceThrottles', 'SUM', QUARTER),
      threshold: THROTTLES,
    });
    new RunbookAlarm(this, 'DeletionsHeld', {
      channel,
      article: 'deletions-held',
      summary: 'Unusually many records were to be removed. They are kept until a person decides.',
      metric: overall('PlansHeld', 'SUM', QUARTER),
      threshold: 1,
    });
    new RunbookAlarm(this, 'BreakerOpen', {
      channel,
      article: 'breaker-open',
      summary: 'A source has failed so often that it is not asked at all: for 15 minutes nothing was synced from it.',
      metric: overall('BreakerOpen', 'MAX', BREAKER_REPORT),
      threshold: 1,
      evaluationPeriods: QUARTER.toMinutes() / BREAKER_REPORT.toMinutes(),
    });
    new RunbookAlarm(this, 'WebhooksRefused', {
      channel,
      article: 'webhooks-refused',
      summary: `${REFUSED_WEBHOOKS} webhooks or more were refused in 15 minutes: a secret is wrong, or somebody tries.`,
      metric: metric('WebhooksRefused', 'SUM', QUARTER),
      threshold: REFUSED_WEBHOOKS,
    });
  }

  #watchStream(channel: AlarmChannel, { connection, stream, staleAfterMinutes }: WatchedStream): void {
    const subject = `${connection}.${stream}`;
    const dimensions = { connection, stream };
    new RunbookAlarm(this, `Stale-${subject}`, {
      channel,
      article: 'stream-stale',
      subject,
      summary: `${connection}/${stream} was more than ${staleAfterMinutes} minutes behind its source, or said nothing.`,
      metric: metric('FreshnessSeconds', 'MAX', Duration.minutes(staleAfterMinutes), dimensions),
      threshold: staleAfterMinutes * 60,
      comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
      // A stream that is not asked reports nothing, and is as stale as one that is late.
      missing: TreatMissingData.BREACHING,
    });
    new RunbookAlarm(this, `Failing-${subject}`, {
      channel,
      article: 'runs-failing',
      subject,
      summary: `More than ${FAILURE_PERCENT} % of the runs of ${connection}/${stream} failed within 15 minutes.`,
      metric: new MathExpression({
        expression: `IF(failed >= ${FEWEST_FAILURES}, 100 * failed / (failed + FILL(succeeded, 0)), 0)`,
        usingMetrics: {
          failed: metric('RunsFailed', 'SUM', QUARTER, dimensions),
          succeeded: metric('RunsSucceeded', 'SUM', QUARTER, dimensions),
        },
        label: 'failed runs, percent',
        period: QUARTER,
      }),
      threshold: FAILURE_PERCENT,
      comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    });
  }
}
