export interface BackoffRule {
  readonly firstMs: number;
  readonly capMs: number;
}

/** Full jitter: uniform between 0 and the capped exponential. `attempt` counts from 1; `fraction` is in [0, 1). */
export function backoffMs(rule: BackoffRule, attempt: number, fraction: number): number {
  const ceiling = Math.min(rule.capMs, rule.firstMs * 2 ** (attempt - 1));
  return Math.floor(ceiling * fraction);
}
