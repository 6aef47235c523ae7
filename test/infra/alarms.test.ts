import { describe, expect, it } from 'vitest';
import { METRIC_NAMESPACE, type MetricName } from '../../lib/ports/telemetry.ts';
import { type AlarmDefinition, alarmsOf, fires, type Series } from './support/alarm-evaluator.ts';
import { synthesize } from './support/synthesized.ts';

const { state, service } = synthesize();
const alarms = new Map([...alarmsOf(state), ...alarmsOf(service)]);

type Periods = Series['periods'];

const CONNECTION = { connection: 'main' };
const STREAM = { connection: 'main', stream: 'registrations' };
const ELSEWHERE = { connection: 'added-later', stream: 'orders' };

function own(name: MetricName, periods: Periods, dimensions: Readonly<Record<string, string>> = {}): Series {
  return { metric: `${METRIC_NAMESPACE}/${name}`, dimensions, periods };
}

function queue(name: string, metric: string, periods: Periods): Series {
  return { metric: `AWS/SQS/${metric}`, dimensions: { QueueName: name }, periods };
}

function lambda(name: string, metric: string, periods: Periods): Series {
  return { metric: `AWS/Lambda/${metric}`, dimensions: { FunctionName: name }, periods };
}

function table(metric: string, periods: Periods, index: Readonly<Record<string, string>> = {}): Series {
  return { metric: `AWS/DynamoDB/${metric}`, dimensions: { TableName: 'StateTable962DE04C', ...index }, periods };
}

/** A value in one period, and none in those since. */
function found(value: number, periodsAgo: number): Periods {
  return [[value], ...Array.from({ length: periodsAgo }, () => [])];
}

const WAITING = 'ApproximateNumberOfMessagesVisible';
const AGE = 'ApproximateAgeOfOldestMessage';

interface Case {
  readonly alarm: string;
  readonly when: string;
  readonly fires: boolean;
  readonly series: readonly Series[];
}

const yes = (alarm: string, when: string, ...series: Series[]): Case => ({ alarm, when, fires: true, series });
const no = (alarm: string, when: string, ...series: Series[]): Case => ({ alarm, when, fires: false, series });

const FUNCTIONS = [
  ['planner', 'PlannerFunctionAFCCE450'],
  ['sync', 'SyncFunction878007FF'],
  ['importer', 'ImporterFunction1808D876'],
  ['api', 'ApiFunction6BF808ED'],
  ['authorizer', 'AuthorizerFunctionEB19F618'],
  ['webhook', 'WebhookFunction6FF7199F'],
  ['slow', 'SlowFunction5A3B6B92'],
] as const;

const CASES: readonly Case[] = [
  yes('stream-stale-main.registrations', 'it was 901 s behind', own('FreshnessSeconds', [[330, 901]], STREAM)),
  yes('stream-stale-main.registrations', 'it says nothing', own('FreshnessSeconds', [[10]], ELSEWHERE)),
  no('stream-stale-main.registrations', 'it was 900 s behind', own('FreshnessSeconds', [[330, 900]], STREAM)),

  yes('runs-failing-main.registrations', 'all runs fail', own('RunsFailed', [[2, 1]], STREAM)),
  yes(
    'runs-failing-main.registrations',
    'three of ten fail',
    own('RunsFailed', [[3]], STREAM),
    own('RunsSucceeded', [[4, 3]], STREAM),
  ),
  no(
    'runs-failing-main.registrations',
    'three of twenty fail',
    own('RunsFailed', [[3]], STREAM),
    own('RunsSucceeded', [[17]], STREAM),
  ),
  no('runs-failing-main.registrations', 'the only two fail', own('RunsFailed', [[2]], STREAM)),
  no('runs-failing-main.registrations', 'nothing runs'),

  yes('planner-silent', 'no cycle was completed'),
  no('planner-silent', 'one was', own('PlannerCycles', [[1]])),

  yes('connections-broken', 'one is', own('ConnectionsBroken', [[0, 1, 0]])),
  no('connections-broken', 'none is', own('ConnectionsBroken', [[0, 0, 0]])),

  yes(
    'quota-low',
    'any connection was above within the hour',
    own('BudgetUsed', [[81], [], [], []], { connection: 'added-later' }),
  ),
  no('quota-low', 'none was', own('BudgetUsed', [[80], [80], [80], [80]], CONNECTION)),

  yes(
    'source-throttled',
    'two sources refuse ten calls together',
    own('SourceThrottles', [[6]], CONNECTION),
    own('SourceThrottles', [[4]], { connection: 'added-later' }),
  ),
  no('source-throttled', 'one refuses nine', own('SourceThrottles', [[9]], CONNECTION)),

  yes('deletions-held', 'any stream holds a plan', own('PlansHeld', [[1]], ELSEWHERE)),
  no('deletions-held', 'none does'),

  yes(
    'breaker-open',
    'that of any connection is for 15 minutes',
    own('BreakerOpen', [[1], [1], [1]], { connection: 'added-later' }),
    own('BreakerOpen', [[0], [0], [0]], CONNECTION),
  ),
  no('breaker-open', 'it closes in between', own('BreakerOpen', [[1], [0], [1]], CONNECTION)),

  yes('webhooks-refused', 'twenty are', own('WebhooksRefused', [[12, 8]])),
  no('webhooks-refused', 'nineteen are', own('WebhooksRefused', [[19]])),

  yes('mass-removal', 'one of any stream is told of', own('MassRemovals', [[21]], ELSEWHERE)),
  no('mass-removal', 'none is', own('MassRemovals', [[0]], STREAM)),

  yes('runs-stopped', 'a run of any stream is', own('RunsStopped', [[1]], ELSEWHERE)),
  no('runs-stopped', 'none is', own('RunsStopped', [[0]], STREAM)),

  yes('clock-setback', 'that of any source does', own('ClockSetbacks', [[1]], ELSEWHERE)),
  no('clock-setback', 'none does'),

  yes('drift-found', 'an audit found one record within three hours', own('DriftFound', found(1, 11), ELSEWHERE)),
  no('drift-found', 'audits find nothing', own('DriftFound', found(0, 0), STREAM)),

  yes('cache-lost', 'a partition of any stream is', own('CacheLost', [[1]], ELSEWHERE)),
  no('cache-lost', 'none is'),

  yes('audit-missing-main.registrations', 'none has ended since it is there'),
  yes(
    'audit-missing-main.registrations',
    'the last ended more than three days ago, and others go on',
    own('AuditsEnded', [[1], [], [], []], STREAM),
    own('AuditsEnded', [[1], [1], [1], [1]], ELSEWHERE),
  ),
  no('audit-missing-main.registrations', 'one ended two days ago', own('AuditsEnded', [[1], [], []], STREAM)),

  yes('lane-behind-priority', 'a task waits 15 minutes', queue('LanesPriority5DF0F3C0', AGE, [[900], [1_200]])),
  no('lane-behind-priority', 'it is passing', queue('LanesPriority5DF0F3C0', AGE, [[900], [20]])),
  yes('lane-behind-scheduled', 'a task waits 15 minutes', queue('LanesScheduled544DA9D4', AGE, [[900], [1_200]])),
  no('lane-behind-scheduled', 'the other lane does', queue('LanesPriority5DF0F3C0', AGE, [[900], [1_200]])),
  yes('lane-behind-imports', 'an import waits 15 minutes', queue('LanesImportsC96C8D86', AGE, [[900], [1_200]])),
  no('lane-behind-imports', 'it is passing', queue('LanesImportsC96C8D86', AGE, [[900], [20]])),

  yes('lane-behind-slow', 'a task waits an hour', queue('LanesSlowCA9B2A2B', AGE, [[3_600], [4_000]])),
  no('lane-behind-slow', 'a task waits half of one', queue('LanesSlowCA9B2A2B', AGE, [[1_800], [2_000]])),

  yes('dead-letters', 'one task is set aside', queue('LanesDeadLetters0041E4CC', WAITING, [[0, 1]])),
  no('dead-letters', 'none is', queue('LanesDeadLetters0041E4CC', WAITING, [[0, 0]])),
  yes('missed-ticks', 'one is kept', queue('SchedulesMissedTicks296FA8C7', WAITING, [[1]])),
  no('missed-ticks', 'none is', queue('SchedulesMissedTicks296FA8C7', WAITING, [[0]])),

  ...FUNCTIONS.flatMap(([name, id]) =>
    (['Errors', 'Throttles'] as const).flatMap((metric) => {
      const alarm = `function-${metric === 'Errors' ? 'errors' : 'throttled'}-${name}`;
      return [
        yes(alarm, 'it happens again', lambda(id, metric, [[1], [0], [1]])),
        no(alarm, 'it happened once', lambda(id, metric, [[0], [3], [0]])),
      ];
    }),
  ),

  yes(
    'table-throttled',
    'reads and then the index are refused',
    table('ReadThrottleEvents', [[1], [], []]),
    table('WriteThrottleEvents', [[], [2], []], { GlobalSecondaryIndexName: 'unfinished' }),
  ),
  no('table-throttled', 'one burst is', table('WriteThrottleEvents', [[], [40], []])),

  yes('api-failing', 'errors go on', {
    metric: 'AWS/ApiGateway/5xx',
    dimensions: { ApiId: 'HttpHttpApi9D54B0CC' },
    periods: [[1], [1], [0]],
  }),
  no('api-failing', 'one request failed', {
    metric: 'AWS/ApiGateway/5xx',
    dimensions: { ApiId: 'HttpHttpApi9D54B0CC' },
    periods: [[0], [1], [0]],
  }),
];

describe('an alarm', () => {
  it.each(CASES.filter((one) => one.fires))('$alarm fires when $when', ({ alarm, series }) => {
    expect(fires(named(alarm), series)).toBe(true);
  });

  it.each(CASES.filter((one) => !one.fires))('$alarm stays quiet when $when', ({ alarm, series }) => {
    expect(fires(named(alarm), series)).toBe(false);
  });

  it('is tried both ways, whichever it is', () => {
    for (const expected of [true, false]) {
      const tried = new Set(CASES.filter((one) => one.fires === expected).map(({ alarm }) => `tidemark-test-${alarm}`));
      expect([...tried].toSorted()).toEqual([...alarms.keys()].toSorted());
    }
  });

  // CloudWatch refuses a longer one; of a query it evaluates three hours, and says nothing of the rest.
  it('looks back no further than CloudWatch does', () => {
    for (const alarm of alarms.values()) {
      const period = periodOf(alarm);
      const window = period * alarm.EvaluationPeriods;
      const isQuery = 'Metrics' in alarm && alarm.Metrics.some(({ Expression }) => Expression?.startsWith('SELECT'));
      expect(window).toBeLessThanOrEqual(isQuery ? 3 * HOUR : period < HOUR ? 24 * HOUR : 7 * 24 * HOUR);
    }
  });

  it('on missing audits is there only where audits are scheduled', () => {
    for (const unaudited of [{ schedules: { audit: { enabled: false } } }, { policy: { audit: 'off' } }] as const) {
      const { service: quiet } = synthesize(unaudited);
      expect([...alarmsOf(quiet).keys()].filter((name) => name.includes('audit'))).toEqual([]);
    }
  });

  it('follows the staleness of its connection and stage', () => {
    const { service: tuned } = synthesize({
      policy: { staleAfterMinutes: 30 },
      watchedConnections: [
        { id: 'main', streams: ['registrations'] },
        { id: 'north', streams: ['patients'], staleAfterMinutes: 300 },
      ],
    });
    const periods = [...alarmsOf(tuned)].filter(([name]) => name.includes('stream-stale'));
    expect(periods.map(([, alarm]) => [alarm.Threshold, 'Period' in alarm && alarm.Period])).toEqual([
      [1_800, 1_800],
      [18_000, 18_000],
    ]);
  });
});

const HOUR = 3_600;

function periodOf(alarm: AlarmDefinition): number {
  if (!('Metrics' in alarm)) return alarm.Period;
  return Math.max(...alarm.Metrics.map(({ Period, MetricStat }) => Period ?? MetricStat?.Period ?? 0));
}

function named(alarm: string) {
  const found = alarms.get(`tidemark-test-${alarm}`);
  if (found === undefined) throw new Error(`there is no alarm ${alarm}`);
  return found;
}
