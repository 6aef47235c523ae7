import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { StateTable } from '../constructs/state-table.ts';
import { AlarmChannel } from '../monitoring/alarm-channel.ts';
import type { StageConfig } from '../stage-config.ts';

export interface StateStackProps extends StackProps {
  readonly config: StageConfig;
}

/** What is kept when everything else is replaced. */
export class StateStack extends Stack {
  readonly channel: AlarmChannel;
  readonly state: StateTable;

  constructor(scope: Construct, id: string, { config, ...props }: StateStackProps) {
    super(scope, id, props);
    const { stage, runbookUrl, alarmEmail } = config;
    this.channel = new AlarmChannel(this, 'Alarms', {
      stage,
      runbookUrl,
      ...(alarmEmail !== undefined && { email: alarmEmail }),
    });
    this.state = new StateTable(this, 'State', { channel: this.channel });
    new CfnOutput(this, 'TableName', { value: this.state.table.tableName });
    new CfnOutput(this, 'AlarmTopic', { value: this.channel.topic.topicArn });
  }
}
