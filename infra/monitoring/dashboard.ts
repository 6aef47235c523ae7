import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  type IWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct, type IConstruct } from 'constructs';
import type { StageConfig } from '../stage-config.ts';
import { correctness, correctnessTitle, findings } from './correctness-widgets.ts';
import { latestProblems, type Machinery, machinery, queues } from './machinery-widgets.ts';
import { freshness, now, records, runs, sources, webhooks } from './sync-widgets.ts';

export interface DashboardProps {
  readonly config: StageConfig;
  readonly machinery: Machinery;
}

const FULL_WIDTH = 24;

/** One page, read from top to bottom: is all well, is it fresh, what moved, is it right, what does it cost, what is broken. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    new CloudWatchDashboard(this, 'Page', {
      dashboardName: `Tidemark-${props.config.stage}`,
      defaultInterval: Duration.days(1),
      widgets: [
        [introduction(props)],
        [alarmStatus(this.node.root)],
        now(),
        freshness(props.config.policy.staleAfterMinutes),
        records(),
        runs(),
        [correctnessTitle(props.config)],
        findings(),
        correctness(),
        sources(),
        webhooks(),
        queues(props.machinery),
        machinery(props.machinery),
        [latestProblems(props.machinery)],
      ],
    });
  }
}

function introduction({ config, machinery: { endpoint } }: DashboardProps): IWidget {
  return new TextWidget({
    width: FULL_WIDTH,
    height: 2,
    markdown: [
      `**Tidemark ${config.stage}** keeps Redis equal to its sources.`,
      `When a square below is red, open the [runbook](${config.runbookUrl}): one article per alarm, named as the alarm.`,
      `Per partition, and why: the [status page](${endpoint.url}).`,
    ].join(' '),
  });
}

/** The alarms of both stacks. */
function alarmStatus(root: IConstruct): IWidget {
  const alarms = root.node.findAll().filter((construct) => construct instanceof Alarm);
  return new AlarmStatusWidget({ title: 'Alarms', width: FULL_WIDTH, height: 4, alarms });
}
