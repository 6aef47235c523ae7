import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE, METRICS, type MetricDimensions, type MetricName } from '../../lib/ports/telemetry.ts';

/** The names of metrics that are kept per connection, or per connection and stream. */
export type DimensionedMetric = {
  [Name in MetricName]: (typeof METRICS)[Name]['dimensions'] extends readonly [] ? never : Name;
}[MetricName];

export type Aggregation = 'MAX' | 'SUM';

const STATISTICS = { MAX: Stats.MAXIMUM, SUM: Stats.SUM } as const;

/** One of our metrics, for exactly these dimensions. */
export function metric(
  name: MetricName,
  aggregation: Aggregation,
  period: Duration,
  dimensions: MetricDimensions = {},
): Metric {
  const needed = METRICS[name].dimensions;
  const given = Object.keys(dimensions);
  if (needed.length !== given.length || !needed.every((dimension) => given.includes(dimension))) {
    throw new Error(`${name} has the dimensions ${needed.join(', ') || 'none'}, not ${given.join(', ') || 'none'}`);
  }
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: name,
    statistic: STATISTICS[aggregation],
    period,
    ...(given.length > 0 && { dimensionsMap: { ...dimensions } }),
  });
}

/**
 * One figure over all connections and streams, those that do not exist yet included: a query, because an alarm cannot
 * watch a search.
 */
export function overall(name: DimensionedMetric, aggregation: Aggregation, period: Duration): MathExpression {
  const schema = [`"${METRIC_NAMESPACE}"`, ...METRICS[name].dimensions].join(', ');
  return new MathExpression({
    expression: `SELECT ${aggregation}(${name}) FROM SCHEMA(${schema})`,
    label: name,
    period,
  });
}

/** One line per connection, or per connection and stream, for graphs. @param prefix of the lines' names */
export function perDimension(name: DimensionedMetric, aggregation: Aggregation, prefix = ''): MathExpression {
  const { dimensions } = METRICS[name];
  const search = `{${[METRIC_NAMESPACE, ...dimensions].join(',')}} MetricName="${name}"`;
  return new MathExpression({
    expression: `SEARCH('${search}', '${STATISTICS[aggregation]}')`,
    // Filled in by CloudWatch: without it a line is named after everything that tells it apart.
    label: prefix + dimensions.map((dimension) => `\${PROP('Dim.${dimension}')}`).join(' '),
    period: Duration.minutes(5),
  });
}

/** Added up; a series without a value counts as zero. */
export function sumOf(metrics: Readonly<Record<string, IMetric>>, label: string, period: Duration): MathExpression {
  const expression = Object.keys(metrics)
    .map((id) => `FILL(${id}, 0)`)
    .join(' + ');
  return new MathExpression({ expression, usingMetrics: { ...metrics }, label, period });
}
