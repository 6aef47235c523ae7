import * as z from 'zod';

/** What the commands read of the API's answers; what else these hold is passed through. */

const text = z.nullable(z.string());
const number = z.nullable(z.number());

const freshness = { watermark: text, freshnessSeconds: number, stale: z.boolean() };

const progress = z.nullable(
  z.object({ processed: z.number(), total: z.number(), percent: z.number(), remainingSeconds: number }),
);

const wholeRead = z.nullable(
  z.object({ run: z.string(), pages: z.number(), seen: z.number(), progress, state: z.string(), error: text }),
);

const ledger = z.object({
  pages: z.number(),
  seen: z.number(),
  added: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  superseded: z.number(),
  quarantined: z.number(),
  deferred: z.number(),
  removed: z.number(),
  calls: z.number(),
});

const totals = z.object({
  runs: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  added: z.number(),
  updated: z.number(),
  removed: z.number(),
});

export const partitionAnswer = z.object({
  partition: z.string(),
  title: text,
  state: z.string(),
  ...freshness,
  count: z.number(),
  cached: number,
  cacheError: text,
  missing: number,
  extra: number,
  pending: z.object({ since: text, open: z.array(z.number()), moved: z.number(), rebuild: z.boolean() }),
  lease: z.nullable(z.object({ until: z.string() })),
  force: z.nullable(z.object({ run: z.string(), at: z.string() })),
  full: wholeRead,
  failures: z.number(),
  nextRunAt: text,
  lastRun: z.nullable(
    z.object({
      run: z.string(),
      task: z.string(),
      outcome: z.string(),
      at: z.string(),
      durationMs: z.number(),
      ledger,
      error: text,
    }),
  ),
  totals,
});

export const streamAnswer = z.object({
  stream: z.string(),
  partitionKind: z.string(),
  enabled: z.boolean(),
  running: z.boolean(),
  paused: z.boolean(),
  loaded: z.boolean(),
  ...freshness,
  staleAfterMinutes: z.number(),
  intervalMinutes: z.object({ configured: z.number(), effective: z.number(), reason: z.string() }),
  schedule: z.nullable(z.object({ changes: text, full: text, timeZone: z.string(), nextFullAt: text })),
  nextRunAt: text,
  lastCycleAt: text,
  lastError: text,
  failures: z.number(),
  walk: wholeRead,
  lastRun: z.nullable(z.looseObject({ error: text })),
  partitions: z.object({
    total: z.number(),
    behind: z.number(),
    pending: z.number(),
    records: z.number(),
    truncated: z.boolean(),
  }),
  heldPlans: z.array(z.string()),
  quarantined: z.object({ count: z.number(), more: z.boolean() }),
  totals,
});

export const streamDetailAnswer = streamAnswer.extend({
  partitionList: z.object({ items: z.array(partitionAnswer), next: text }),
});

export const connectionAnswer = z.object({
  id: z.string(),
  source: text,
  enabled: z.boolean(),
  state: z.string(),
  problems: z.array(z.string()),
  budget: z.nullable(
    z.object({
      perMinute: z.number(),
      perDay: number,
      minuteUsed: z.number(),
      dayUsed: z.number(),
      resetsAt: text,
      pausedUntil: text,
      pauseReason: text,
      breaker: z.object({ state: z.string(), since: text, failures: z.number(), retryAt: text }),
    }),
  ),
  streams: z.array(streamAnswer),
});

export const statusAnswer = z.object({
  at: z.string(),
  totals: z.object({
    connections: z.number(),
    healthy: z.number(),
    behind: z.number(),
    paused: z.number(),
    disabled: z.number(),
    broken: z.number(),
  }),
  connections: z.array(connectionAnswer),
});

export const runAnswer = z.object({
  run: z.string(),
  connection: z.string(),
  stream: z.string(),
  partition: text,
  task: z.string(),
  trigger: z.string(),
  state: z.string(),
  outcome: text,
  requestedAt: z.string(),
  durationMs: number,
  ledger,
  progress,
  error: text,
  heldDeletions: z.number(),
});

export const runListAnswer = z.object({ runs: z.array(runAnswer), next: text });

export const syncAnswer = z.object({
  mode: z.string(),
  at: z.string(),
  requests: z.array(
    z.object({
      connection: z.string(),
      stream: z.string(),
      partition: text,
      state: z.string(),
      run: text,
      message: z.string(),
    }),
  ),
  skipped: z.array(z.object({ connection: z.string(), stream: text, reason: z.string() })),
});

export const pauseAnswer = z.object({
  paused: z.boolean(),
  streams: z.array(z.object({ connection: z.string(), stream: z.string() })),
  skipped: z.array(z.object({ connection: z.string(), stream: text, reason: z.string() })),
});

export const checkAnswer = z.object({
  connection: z.string(),
  ok: z.boolean(),
  findings: z.array(z.object({ check: z.string(), status: z.enum(['ok', 'warning', 'failed']), message: z.string() })),
});

export const uploadAnswer = z.object({ import: z.string(), upload: z.object({ url: z.string() }) });

export const importAnswer = z.object({
  import: z.string(),
  connection: z.string(),
  stream: z.string(),
  dryRun: z.boolean(),
  state: z.string(),
  outcome: text,
  rows: z.object({
    read: z.number(),
    added: z.number(),
    updated: z.number(),
    unchanged: z.number(),
    superseded: z.number(),
    rejected: z.number(),
  }),
  error: text,
  errors: z.nullable(z.object({ url: z.string() })),
});

export type ImportAnswer = z.infer<typeof importAnswer>;
export type PartitionAnswer = z.infer<typeof partitionAnswer>;
export type StreamAnswer = z.infer<typeof streamAnswer>;
export type StreamDetailAnswer = z.infer<typeof streamDetailAnswer>;
export type StatusAnswer = z.infer<typeof statusAnswer>;
export type ConnectionAnswer = z.infer<typeof connectionAnswer>;
export type RunAnswer = z.infer<typeof runAnswer>;
export type SyncAnswer = z.infer<typeof syncAnswer>;

export type ProgressAnswer = z.infer<typeof progress>;
