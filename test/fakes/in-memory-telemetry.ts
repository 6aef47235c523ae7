import type { LogFields, LogLevel, MetricDimensions, MetricName, Telemetry } from '../../lib/ports/telemetry.ts';

/** Keeps what was said, so that tests can ask. */
export class InMemoryTelemetry implements Telemetry {
  readonly logs: { readonly level: LogLevel; readonly message: string; readonly fields: LogFields }[] = [];
  readonly metrics: { readonly name: MetricName; readonly value: number; readonly dimensions: MetricDimensions }[] = [];

  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.logs.push({ level, message, fields });
  }

  metric(name: MetricName, value: number, dimensions: MetricDimensions = {}): void {
    this.metrics.push({ name, value, dimensions });
  }

  /** Sum of a metric over everything said so far. */
  sum(name: MetricName): number {
    return this.metrics.filter((metric) => metric.name === name).reduce((sum, { value }) => sum + value, 0);
  }
}
