import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IMetric, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, Billing, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { TABLE_KEYS, UNFINISHED_COPIES, UNFINISHED_INDEX } from '../../lib/config/environment.ts';
import type { AlarmChannel } from '../monitoring/alarm-channel.ts';
import { sumOf } from '../monitoring/metrics.ts';
import { RunbookAlarm } from '../monitoring/runbook-alarm.ts';

/** What the adapters of lib/adapters/dynamodb call, and nothing else. */
const ITEM_ACTIONS = [
  'dynamodb:BatchGetItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
];

const PERIOD = Duration.minutes(5);

export interface StateTableProps {
  readonly channel: AlarmChannel;
}

/** Watermarks, leases, checkpoints, budgets, run history: the one thing that must outlive everything else. */
export class StateTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: StateTableProps) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: TABLE_KEYS.partitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE_KEYS.sortKey, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      timeToLiveAttribute: TABLE_KEYS.ttl,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      globalSecondaryIndexes: [
        {
          indexName: UNFINISHED_INDEX,
          partitionKey: { name: TABLE_KEYS.indexPartitionKey, type: AttributeType.STRING },
          sortKey: { name: TABLE_KEYS.indexSortKey, type: AttributeType.NUMBER },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: [...UNFINISHED_COPIES],
        },
      ],
    });
    new RunbookAlarm(this, 'Throttled', {
      channel: props.channel,
      article: 'table-throttled',
      summary: 'DynamoDB refused requests to the state table because there were too many.',
      metric: sumOf(this.throttles(), 'refused requests', PERIOD),
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
    });
  }

  /** Items of the table, and queries of its one index. */
  grantItems(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ITEM_ACTIONS, resources: [this.table.tableArn] }),
    );
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['dynamodb:Query'],
        resources: [`${this.table.tableArn}/index/${UNFINISHED_INDEX}`],
      }),
    );
  }

  /** Items that are there or not, or that are only added to: nothing is read. */
  grantMarks(grantee: IGrantable): void {
    const actions = ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'];
    grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [this.table.tableArn] }));
  }

  /** Requests that DynamoDB refused, the index included. */
  throttles(): Readonly<Record<'reads' | 'writes' | 'indexWrites', IMetric>> {
    const index = { GlobalSecondaryIndexName: UNFINISHED_INDEX };
    return {
      reads: this.#throttleMetric('ReadThrottleEvents', {}),
      writes: this.#throttleMetric('WriteThrottleEvents', {}),
      indexWrites: this.#throttleMetric('WriteThrottleEvents', index),
    };
  }

  #throttleMetric(metricName: string, index: Readonly<Record<string, string>>): Metric {
    return new Metric({
      namespace: 'AWS/DynamoDB',
      metricName,
      dimensionsMap: { TableName: this.table.tableName, ...index },
      statistic: Stats.SUM,
      period: PERIOD,
    });
  }
}
