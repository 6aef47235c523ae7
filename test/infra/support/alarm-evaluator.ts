import type { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { evaluateMath } from './metric-math.ts';
import { textOf } from './statements.ts';
import { resources } from './synthesized.ts';

/** A metric's values, period by period, oldest first; a period may be without one. */
export interface Series {
  /** `Tidemark/FreshnessSeconds` */
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly periods: readonly (readonly number[])[];
}

const dimensions = z.array(z.object({ Name: z.string(), Value: z.unknown() })).default([]);
const oneMetric = z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions });
const statistic = z.enum(['Sum', 'Maximum']);
const alarmSchema = z
  .object({
    AlarmName: z.string(),
    AlarmDescription: z.string(),
    AlarmActions: z.array(z.unknown()).length(1),
    OKActions: z.array(z.unknown()).length(1),
    ComparisonOperator: z.enum(['GreaterThanOrEqualToThreshold', 'GreaterThanThreshold', 'LessThanThreshold']),
    Threshold: z.number(),
    EvaluationPeriods: z.number(),
    DatapointsToAlarm: z.optional(z.number()),
    TreatMissingData: z.enum(['breaching', 'notBreaching']),
  })
  .and(
    z.union([
      oneMetric.extend({ Statistic: statistic, Period: z.number() }),
      z.object({
        Metrics: z.array(
          z.object({
            Id: z.string(),
            ReturnData: z.boolean(),
            Expression: z.optional(z.string()),
            Period: z.optional(z.number()),
            MetricStat: z.optional(z.object({ Metric: oneMetric, Stat: statistic, Period: z.number() })),
          }),
        ),
      }),
    ]),
  );

export type AlarmDefinition = z.infer<typeof alarmSchema>;

/** All alarms of a template, by name. */
export function alarmsOf(template: Template): ReadonlyMap<string, AlarmDefinition> {
  const found = resources(template, 'AWS::CloudWatch::Alarm', alarmSchema);
  return new Map([...found.values()].map((alarm) => [alarm.AlarmName, alarm]));
}

/** Whether CloudWatch would raise the alarm after these values. */
export function fires(alarm: AlarmDefinition, series: readonly Series[]): boolean {
  const periods = Array.from({ length: alarm.EvaluationPeriods }, (_, index) => alarm.EvaluationPeriods - index);
  const breaching = periods.filter((back) => {
    const value = valueAt(alarm, series, back);
    return value === undefined ? alarm.TreatMissingData === 'breaching' : breaches(alarm, value);
  });
  return breaching.length >= (alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods);
}

function breaches({ ComparisonOperator, Threshold }: AlarmDefinition, value: number): boolean {
  switch (ComparisonOperator) {
    case 'GreaterThanOrEqualToThreshold':
      return value >= Threshold;
    case 'GreaterThanThreshold':
      return value > Threshold;
    case 'LessThanThreshold':
      return value < Threshold;
  }
}

/** @param back 1 is the newest period */
function valueAt(alarm: AlarmDefinition, series: readonly Series[], back: number): number | undefined {
  if (!('Metrics' in alarm)) return statisticOf(alarm, alarm.Statistic, series, back);
  const known = new Map<string, number | undefined>();
  for (const { Id, MetricStat } of alarm.Metrics) {
    if (MetricStat) known.set(Id, statisticOf(MetricStat.Metric, MetricStat.Stat, series, back));
  }
  const expression = alarm.Metrics.find(({ ReturnData }) => ReturnData)?.Expression ?? '';
  return expression.startsWith('SELECT') ? queried(expression, series, back) : evaluateMath(expression, known);
}

function statisticOf(
  metric: z.infer<typeof oneMetric>,
  stat: z.infer<typeof statistic>,
  series: readonly Series[],
  back: number,
): number | undefined {
  const wanted = Object.fromEntries(metric.Dimensions.map(({ Name, Value }) => [Name, textOf(Value)]));
  const values = series
    .filter((one) => one.metric === `${metric.Namespace}/${metric.MetricName}` && sameEntries(one.dimensions, wanted))
    .flatMap((one) => one.periods.at(-back) ?? []);
  return aggregate(values, stat);
}

/** Metrics Insights, as far as the alarms use it. */
function queried(query: string, series: readonly Series[], back: number): number | undefined {
  const parsed = /^SELECT (MAX|SUM)\((\w+)\) FROM SCHEMA\("(\w+)", ([\w, ]+)\)$/.exec(query);
  if (parsed === null) throw new Error(`not understood: ${query}`);
  const [, operation, name, namespace, schema = ''] = parsed;
  const values = series
    .filter((one) => one.metric === `${namespace}/${name}`)
    .filter((one) => Object.keys(one.dimensions).toSorted().join(', ') === schema)
    .flatMap((one) => one.periods.at(-back) ?? []);
  return aggregate(values, operation === 'MAX' ? 'Maximum' : 'Sum');
}

function aggregate(values: readonly number[], stat: z.infer<typeof statistic>): number | undefined {
  if (values.length === 0) return undefined;
  return stat === 'Sum' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
}

function sameEntries(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
