export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Plain values that may be logged: ids, counts, codes, instants as ISO text. Never record values, never secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined | readonly string[]>>;

/** The metrics, their units, and the dimensions each may carry. A partition id is never a dimension: each costs money. */
export const METRICS = {
  RecordsAdded: { unit: 'Count', dimensions: ['connection', 'stream'] },
  RecordsUpdated: { unit: 'Count', dimensions: ['connection', 'stream'] },
  RecordsRemoved: { unit: 'Count', dimensions: ['connection', 'stream'] },
  RecordsUnchanged: { unit: 'Count', dimensions: ['connection', 'stream'] },
  RecordsQuarantined: { unit: 'Count', dimensions: ['connection', 'stream'] },
  RunsSucceeded: { unit: 'Count', dimensions: ['connection', 'stream'] },
  RunsFailed: { unit: 'Count', dimensions: ['connection', 'stream'] },
  DeletionsHeld: { unit: 'Count', dimensions: ['connection', 'stream'] },
  /** Deletion plans that a person must decide about, when they are made and each time they are renewed. */
  PlansHeld: { unit: 'Count', dimensions: ['connection', 'stream'] },
  /** Records that an audit found to differ, whether it repaired them or not. */
  DriftFound: { unit: 'Count', dimensions: ['connection', 'stream'] },
  DriftRepaired: { unit: 'Count', dimensions: ['connection', 'stream'] },
  /** Audits that came to their end, of a whole stream or of one partition. */
  AuditsEnded: { unit: 'Count', dimensions: ['connection', 'stream'] },
  /** Partitions, or whole streams, that were found lost in the cache. */
  CacheLost: { unit: 'Count', dimensions: ['connection', 'stream'] },
  /** Deltas that found the source's clock behind their watermark. */
  /** Records that a source itself said had left, where that was very much at once. */
  MassRemovals: { unit: 'Count', dimensions: ['connection', 'stream'] },
  ClockSetbacks: { unit: 'Count', dimensions: ['connection', 'stream'] },
  /** Runs that were stopped because too many of their records failed. */
  RunsStopped: { unit: 'Count', dimensions: ['connection', 'stream'] },
  RunDuration: { unit: 'Milliseconds', dimensions: ['connection', 'stream'] },
  SourceCalls: { unit: 'Count', dimensions: ['connection'] },
  SourceThrottles: { unit: 'Count', dimensions: ['connection'] },
  BudgetUsed: { unit: 'Percent', dimensions: ['connection'] },
  /** 1 while the connection's circuit breaker is not closed, else 0; once a cycle. */
  BreakerOpen: { unit: 'Count', dimensions: ['connection'] },
  CacheCommands: { unit: 'Count', dimensions: ['connection'] },
  /** Seconds between now and the stream's watermark, by the source's clock. */
  FreshnessSeconds: { unit: 'Seconds', dimensions: ['connection', 'stream'] },
  PartitionsBehind: { unit: 'Count', dimensions: ['connection', 'stream'] },
  WebhooksAccepted: { unit: 'Count', dimensions: ['connection'] },
  /** Requests to webhooks that were forged, too old, too large, or not understood. Whom they name is not believed. */
  WebhooksRefused: { unit: 'Count', dimensions: [] },
  /** Records that webhooks told of and that were left to the next delta. */
  HintsDropped: { unit: 'Count', dimensions: ['connection', 'stream'] },
  /** Tasks that were set aside and sent again. */
  TasksRedriven: { unit: 'Count', dimensions: [] },
  PlannerCycles: { unit: 'Count', dimensions: [] },
  ConnectionsBroken: { unit: 'Count', dimensions: [] },
} as const satisfies Readonly<Record<string, { unit: string; dimensions: readonly ('connection' | 'stream')[] }>>;

export type MetricName = keyof typeof METRICS;

export const METRIC_NAMESPACE = 'Tidemark';

export interface MetricDimensions {
  readonly connection?: string;
  readonly stream?: string;
}

export interface Telemetry {
  log(level: LogLevel, message: string, fields?: LogFields): void;
  metric(name: MetricName, value: number, dimensions?: MetricDimensions): void;
}
