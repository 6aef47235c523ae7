import { Logger } from '@aws-lambda-powertools/logger';
import type { LogFields, LogLevel, MetricDimensions, MetricName, Telemetry } from '../../ports/telemetry.ts';
import { DimensionedMetrics } from './dimensioned-metrics.ts';
import { MetricGroups } from './metric-groups.ts';

/**
 * Logs as lines of JSON, and metrics as lines of embedded metric format. The least level that is logged comes from
 * `POWERTOOLS_LOG_LEVEL` or `LOG_LEVEL`.
 */
export class PowertoolsTelemetry implements Telemetry {
  readonly #logger: Logger;
  readonly #metrics = new DimensionedMetrics();
  readonly #groups = new MetricGroups();

  /** @param service the function's name in log lines */
  constructor(service: string) {
    this.#logger = new Logger({ serviceName: service });
  }

  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.#logger[level](message, { ...fields });
  }

  /** Kept until `flush`. */
  metric(name: MetricName, value: number, dimensions: MetricDimensions = {}): void {
    this.#groups.add(name, value, dimensions);
  }

  /** Writes the metrics collected so far: once per invocation, also when it fails. */
  flush(): void {
    for (const group of this.#groups.take()) this.#metrics.write(group);
  }
}
