import type { Instant } from '../../domain/instant.ts';
import { METRIC_NAMESPACE, METRICS } from '../../ports/telemetry.ts';
import type { MetricGroup } from './metric-groups.ts';

/** CloudWatch takes that many values of a metric from one line, and leaves out the rest. */
const VALUES_PER_LINE = 100;

/**
 * Lines of CloudWatch's embedded metric format, each to be written as one line of JSON. They carry the declared dimensions
 * and no others: alarms would have to name whatever else there is.
 */
export function embeddedMetrics({ dimensions, values }: MetricGroup, at: Instant): readonly object[] {
  const longest = Math.max(...[...values.values()].map(({ length }) => length));
  const lines = Array.from({ length: Math.ceil(longest / VALUES_PER_LINE) }, (_, line) => line * VALUES_PER_LINE);
  return lines.map((from) => {
    const shown = [...values].flatMap(([name, all]) => {
      const some = all.slice(from, from + VALUES_PER_LINE);
      return some.length === 0 ? [] : [{ name, value: some.length === 1 ? some[0] : some }];
    });
    const directive = {
      Namespace: METRIC_NAMESPACE,
      // Without dimensions it is one empty set of them: with no set at all CloudWatch makes no metric.
      Dimensions: [Object.keys(dimensions)],
      Metrics: shown.map(({ name }) => ({ Name: name, Unit: METRICS[name].unit })),
    };
    return {
      _aws: { Timestamp: at, CloudWatchMetrics: [directive] },
      ...dimensions,
      ...Object.fromEntries(shown.map(({ name, value }) => [name, value])),
    };
  });
}
