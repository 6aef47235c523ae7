import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { StageConfig } from '../stage-config.ts';
import type { AlarmChannel } from './alarm-channel.ts';
import { metric, overall } from './metrics.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

export interface CorrectnessAlarmsProps {
  readonly channel: AlarmChannel;
  readonly config: Pick<StageConfig, 'policy' | 'schedules' | 'watchedConnections'>;
}

const QUARTER = Duration.minutes(15);
const DAY = Duration.days(1);
/** Audits are a day apart, but an alarm on a query sees three hours and no more: that long it stays. */
const QUARTERS_SEEN = 12;
const DAYS_WITHOUT_AUDIT = 3;

/** Alarms on whether the cache equals its sources: over all connections, and one for each stream that is watched. */
export class CorrectnessAlarms extends Construct {
  constructor(scope: Construct, id: string, { channel, config }: CorrectnessAlarmsProps) {
    super(scope, id);
    this.#watchFindings(channel);
    if (!config.schedules.audit.enabled || config.policy.audit === 'off') return;
    for (const { id: connection, streams } of config.watchedConnections) {
      for (const stream of streams) this.#watchAudits(channel, connection, stream);
    }
  }

  #watchFindings(channel: AlarmChannel): void {
    new RunbookAlarm(this, 'DriftFound', {
      channel,
      article: 'drift-found',
      summary: 'An audit found records that differ between the cache and their source.',
      metric: overall('DriftFound', 'SUM', QUARTER),
      threshold: 1,
      evaluationPeriods: QUARTERS_SEEN,
      datapointsToAlarm: 1,
    });
    new RunbookAlarm(this, 'CacheLost', {
      channel,
      article: 'cache-lost',
      summary: 'Records that were written are no longer in Redis: it was flushed or restored, or it evicted them.',
      metric: overall('CacheLost', 'SUM', QUARTER),
      threshold: 1,
    });
    new RunbookAlarm(this, 'RunsStopped', {
      channel,
      article: 'runs-stopped',
      summary: 'A run was stopped because most of its records could not be read: the source may have changed its form.',
      metric: overall('RunsStopped', 'SUM', QUARTER),
      threshold: 1,
    });
    new RunbookAlarm(this, 'MassRemoval', {
      channel,
      article: 'mass-removal',
      summary: 'A source said itself that very many records had left, and they left the cache.',
      metric: overall('MassRemovals', 'SUM', QUARTER),
      threshold: 1,
    });
    new RunbookAlarm(this, 'ClockSetback', {
      channel,
      article: 'clock-setback',
      summary: "A source's clock stands behind what was already read from it.",
      metric: overall('ClockSetbacks', 'SUM', QUARTER),
      threshold: 1,
    });
  }

  #watchAudits(channel: AlarmChannel, connection: string, stream: string): void {
    const subject = `${connection}.${stream}`;
    new RunbookAlarm(this, `AuditMissing-${subject}`, {
      channel,
      article: 'audit-missing',
      subject,
      summary: `${connection}/${stream} has not been compared with its source for ${DAYS_WITHOUT_AUDIT} days.`,
      metric: metric('AuditsEnded', 'SUM', DAY, { connection, stream }),
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: DAYS_WITHOUT_AUDIT,
      missing: TreatMissingData.BREACHING,
    });
  }
}
