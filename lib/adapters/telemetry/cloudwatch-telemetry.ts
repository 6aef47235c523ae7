import { toIso } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  LOG_LEVELS,
  type LogFields,
  type LogLevel,
  type MetricDimensions,
  type MetricName,
  type Telemetry,
} from '../../ports/telemetry.ts';
import { embeddedMetrics } from './embedded-metrics.ts';
import { MetricGroups } from './metric-groups.ts';

export interface CloudWatchTelemetryOptions {
  /** The function's name in log lines. */
  readonly service: string;
  /** What is less urgent is not logged. Metrics are written at every level. */
  readonly leastLevel: LogLevel;
  readonly clock: Clock;
  /** @default the process's output: `console` would have Lambda put words before a line, and it would be JSON no longer */
  readonly write?: (line: string) => void;
}

/** What CloudWatch reads of a function's output: lines of JSON, and metrics among them in the embedded metric format. */
export class CloudWatchTelemetry implements Telemetry {
  readonly #options: CloudWatchTelemetryOptions;
  readonly #groups = new MetricGroups();

  constructor(options: CloudWatchTelemetryOptions) {
    this.#options = options;
  }

  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    const { service, leastLevel, clock } = this.#options;
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(leastLevel)) return;
    this.#write({ level: level.toUpperCase(), message, timestamp: toIso(clock.now()), service, ...fields });
  }

  /** Kept until `flush`. */
  metric(name: MetricName, value: number, dimensions: MetricDimensions = {}): void {
    this.#groups.add(name, value, dimensions);
  }

  /** Writes the metrics collected so far: once per invocation, also when it fails. */
  flush(): void {
    const at = this.#options.clock.now();
    for (const group of this.#groups.take()) for (const line of embeddedMetrics(group, at)) this.#write(line);
  }

  #write(line: object): void {
    const { write = toOutput } = this.#options;
    write(JSON.stringify(line));
  }
}

function toOutput(line: string): void {
  process.stdout.write(`${line}\n`);
}
