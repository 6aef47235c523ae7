import type { WindowRule } from './window.ts';

/** How one connection syncs: the stage's policy with the connection's overrides. */
export interface SyncRules extends WindowRule {
  readonly intervalMs: number;
  readonly staleAfterMs: number;
  /** Attempts at one source or cache call within a run. */
  readonly attempts: number;
  readonly inlineBytes: number;
  readonly detectDiscrepancies: boolean;
}
