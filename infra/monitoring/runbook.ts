/** The articles of docs/runbook.md, by their anchors. Every alarm belongs to one. */
export const RUNBOOK_ARTICLES = [
  'stream-stale',
  'runs-failing',
  'planner-silent',
  'missed-ticks',
  'connections-broken',
  'quota-low',
  'source-throttled',
  'breaker-open',
  'runs-stopped',
  'clock-setback',
  'deletions-held',
  'mass-removal',
  'drift-found',
  'cache-lost',
  'audit-missing',
  'lane-behind',
  'dead-letters',
  'function-errors',
  'function-throttled',
  'table-throttled',
  'api-failing',
  'webhooks-refused',
] as const;

export type RunbookArticle = (typeof RUNBOOK_ARTICLES)[number];
