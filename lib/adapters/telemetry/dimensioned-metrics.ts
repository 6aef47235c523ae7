import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE, METRICS } from '../../ports/telemetry.ts';
import type { MetricGroup } from './metric-groups.ts';

/** CloudWatch takes 100 values per metric and line; the library publishes by itself, without dimensions, at 100. */
const VALUES_PER_LINE = 90;

/** Writes groups of metrics as lines of embedded metric format that carry the declared dimensions and no others. */
export class DimensionedMetrics extends Metrics {
  constructor() {
    super({ namespace: METRIC_NAMESPACE });
    // The library adds a dimension `service` by itself: alarms would have to name it.
    this.clearDefaultDimensions();
  }

  write({ dimensions, values }: MetricGroup): void {
    const longest = Math.max(...[...values.values()].map(({ length }) => length));
    for (let from = 0; from < longest; from += VALUES_PER_LINE) {
      this.addDimensions({ ...dimensions });
      for (const [name, all] of values) {
        for (const value of all.slice(from, from + VALUES_PER_LINE)) this.addMetric(name, METRICS[name].unit, value);
      }
      this.publishStoredMetrics();
    }
  }

  /** A metric without dimensions needs one empty set of them: with no set at all CloudWatch makes no metric. */
  override serializeMetrics(): ReturnType<Metrics['serializeMetrics']> {
    const line = super.serializeMetrics();
    const CloudWatchMetrics = line._aws.CloudWatchMetrics.map((directive) => {
      const sets: readonly string[][] = directive.Dimensions;
      return { ...directive, Dimensions: [sets[0] ?? []] satisfies [string[]] };
    });
    return { ...line, _aws: { ...line._aws, CloudWatchMetrics } };
  }
}
