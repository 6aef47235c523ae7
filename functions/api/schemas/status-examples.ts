const totals = { runs: 214, succeeded: 213, failed: 1, added: 2419, updated: 310, removed: 2 };

const ledger = {
  pages: 1,
  seen: 3,
  added: 1,
  updated: 2,
  unchanged: 0,
  superseded: 0,
  quarantined: 0,
  deferred: 0,
  removed: 0,
  cacheCommands: 4,
};

/** The founding case: 2,419 records committed, 2,355 in the cache. */
export const partitionExample = {
  partition: '4433256000013547003',
  title: 'Spring fair',
  state: 'discrepancy',
  watermark: '2026-11-21T08:58:30.000Z',
  freshnessSeconds: 90,
  stale: false,
  loaded: true,
  count: 2419,
  cached: 2355,
  cacheError: null,
  missing: 64,
  extra: 0,
  pending: { since: null, open: [], moved: 0, rebuild: false },
  lease: null,
  force: null,
  failures: 0,
  lastRun: {
    run: '0mi8k0a1b-7c2d9e4f',
    task: 'apply',
    outcome: 'succeeded',
    at: '2026-11-21T08:59:00.000Z',
    durationMs: 210,
    ledger,
    error: null,
  },
  totals,
} as const;

export const streamExample = {
  stream: 'registrations',
  partitionKind: 'event',
  running: true,
  paused: false,
  loaded: true,
  watermark: '2026-11-21T08:58:30.000Z',
  freshnessSeconds: 90,
  stale: false,
  staleAfterMinutes: 15,
  intervalMinutes: {
    configured: 5,
    effective: 7.2,
    reason: 'what is left of the day’s calls affords no shorter one',
  },
  nextRunAt: '2026-11-21T09:05:30.000Z',
  lastCycleAt: '2026-11-21T08:59:00.000Z',
  lastError: null,
  failures: 0,
  walk: null,
  partitions: { total: 40, behind: 0, pending: 0, records: 4383, truncated: false },
  totals,
  lastRun: null,
};

export const connectionExample = {
  id: 'main',
  source: 'zoho-creator',
  enabled: true,
  problems: [],
  budget: {
    perMinute: 50,
    perDay: 1000,
    minuteUsed: 1,
    dayUsed: 412,
    leftToday: 588,
    scheduledLeftToday: 488,
    resetsAt: '2026-11-22T08:00:00.000Z',
    pausedUntil: null,
    pauseReason: null,
    breaker: { state: 'closed', since: null, failures: 0, retryAt: null },
  },
  streams: [streamExample],
};
