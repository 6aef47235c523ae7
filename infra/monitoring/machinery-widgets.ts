import { type IWidget, LogQueryVisualizationType, LogQueryWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { HttpEndpoint } from '../constructs/http-endpoint.ts';
import type { PlannerSchedules } from '../constructs/planner-schedules.ts';
import type { StateTable } from '../constructs/state-table.ts';
import type { TaskLanes } from '../constructs/task-lanes.ts';
import type { TidemarkFunction } from '../constructs/tidemark-function.ts';
import { graph, PERIOD } from './graph.ts';

/** What a stage runs on. */
export interface Machinery {
  readonly state: StateTable;
  readonly lanes: TaskLanes;
  readonly schedules: PlannerSchedules;
  readonly functions: Readonly<
    Record<'planner' | 'sync' | 'slow' | 'importer' | 'api' | 'authorizer' | 'webhook', TidemarkFunction>
  >;
  readonly endpoint: HttpEndpoint;
}

export function queues({ lanes, schedules }: Machinery): IWidget[] {
  const each = Object.entries(lanes.queues);
  const deepest = { statistic: 'Maximum', period: PERIOD };
  return [
    graph(
      'Tasks waiting',
      each.map(([label, queue]) => queue.metricApproximateNumberOfMessagesVisible({ ...deepest, label })),
      { width: 8 },
    ),
    graph(
      'Oldest task, seconds',
      each.map(([label, queue]) => queue.metricApproximateAgeOfOldestMessage({ ...deepest, label })),
      { width: 8 },
    ),
    graph(
      'Set aside',
      [
        lanes.deadLetters.metricApproximateNumberOfMessagesVisible({ ...deepest, label: 'dead letters' }),
        schedules.missedTicks.metricApproximateNumberOfMessagesVisible({ ...deepest, label: 'missed ticks' }),
      ],
      { width: 8 },
    ),
  ];
}

export function machinery({ functions, state, endpoint }: Machinery): IWidget[] {
  const each = Object.entries(functions);
  const options = { period: PERIOD };
  return [
    graph(
      'Function errors and throttles',
      each.flatMap(([name, { function: fn }]) => [
        fn.metricErrors({ ...options, label: `${name} errors` }),
        fn.metricThrottles({ ...options, label: `${name} throttles` }),
      ]),
      { width: 8 },
    ),
    graph(
      'Longest invocation, milliseconds',
      each.map(([name, { function: fn }]) => fn.metricDuration({ ...options, statistic: 'Maximum', label: name })),
      { width: 8 },
    ),
    graph(
      'API and table',
      [
        endpoint.httpApi.metricCount({ ...options, label: 'requests' }),
        endpoint.httpApi.metricServerError({ ...options, label: 'server errors' }),
        ...Object.values(state.throttles()),
      ],
      { width: 8 },
    ),
  ];
}

export function latestProblems({ functions }: Machinery): IWidget {
  return new LogQueryWidget({
    title: 'Latest warnings and errors',
    width: 24,
    height: 6,
    view: LogQueryVisualizationType.TABLE,
    logGroupNames: Object.values(functions).map(({ logGroup }) => logGroup.logGroupName),
    queryLines: [
      'fields @timestamp, service, message, connection, stream, partition, code, reason',
      'filter level in ["WARN", "ERROR"]',
      'sort @timestamp desc',
      'limit 20',
    ],
  });
}
