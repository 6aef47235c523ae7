import { METRICS, type MetricDimensions, type MetricName } from '../../ports/telemetry.ts';

/** Metrics that share their dimensions, and so one line of log. */
export interface MetricGroup {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly values: ReadonlyMap<MetricName, readonly number[]>;
}

/** Collects values by their dimensions. Counts are added up: their sum is what is asked for. */
export class MetricGroups {
  #groups = new Map<
    string,
    { readonly dimensions: Record<string, string>; readonly values: Map<MetricName, number[]> }
  >();

  add(name: MetricName, value: number, given: MetricDimensions): void {
    const dimensions = dimensionsOf(name, given);
    const key = JSON.stringify(dimensions);
    const group = this.#groups.get(key) ?? { dimensions, values: new Map<MetricName, number[]>() };
    this.#groups.set(key, group);
    const values = group.values.get(name) ?? [];
    const [sum = 0] = values;
    group.values.set(name, METRICS[name].unit === 'Count' ? [sum + value] : [...values, value]);
  }

  /** What was collected, and begins anew. */
  take(): readonly MetricGroup[] {
    const groups = [...this.#groups.values()];
    this.#groups = new Map();
    return groups;
  }
}

/** Only the dimensions the metric is declared with: each further combination is a metric that costs money. */
function dimensionsOf(name: MetricName, given: MetricDimensions): Record<string, string> {
  const dimensions: Record<string, string> = {};
  for (const dimension of METRICS[name].dimensions) {
    const value = given[dimension];
    if (value !== undefined) dimensions[dimension] = value;
  }
  return dimensions;
}
