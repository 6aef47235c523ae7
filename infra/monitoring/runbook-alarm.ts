import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';
import type { AlarmChannel } from './alarm-channel.ts';
import type { RunbookArticle } from './runbook.ts';

export interface RunbookAlarmProps {
  readonly channel: AlarmChannel;
  readonly article: RunbookArticle;
  /** Told apart by this where an article has several alarms: `main.registrations`. @default - the article's only alarm */
  readonly subject?: string;
  /** One sentence: what is wrong. */
  readonly summary: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** @default GREATER_THAN_OR_EQUAL_TO_THRESHOLD */
  readonly comparison?: ComparisonOperator;
  /** @default 1 */
  readonly evaluationPeriods?: number;
  /** How many of the periods must breach. @default - all of them */
  readonly datapointsToAlarm?: number;
  /** What no value at all means. @default NOT_BREACHING */
  readonly missing?: TreatMissingData;
}

/** An alarm that says where to read on, and tells the channel when it begins and when it ends. */
export class RunbookAlarm extends Alarm {
  constructor(scope: Construct, id: string, props: RunbookAlarmProps) {
    const { channel, article, subject } = props;
    super(scope, id, {
      alarmName: ['tidemark', channel.stage, article, ...(subject === undefined ? [] : [subject])].join('-'),
      alarmDescription: `${props.summary}\n\nWhat to do: ${channel.runbookUrl}#${article}`,
      metric: props.metric,
      threshold: props.threshold,
      comparisonOperator: props.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: props.evaluationPeriods ?? 1,
      ...(props.datapointsToAlarm !== undefined && { datapointsToAlarm: props.datapointsToAlarm }),
      treatMissingData: props.missing ?? TreatMissingData.NOT_BREACHING,
    });
    const action = new SnsAction(channel.topic);
    this.addAlarmAction(action);
    this.addOkAction(action);
  }
}
