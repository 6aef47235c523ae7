import type { WindowRule } from './window.ts';

/** Whether audits are made without being asked for, and what they do about what they find. */
export const AUDIT_MODES = ['off', 'report', 'repair'] as const;

export type AuditMode = (typeof AUDIT_MODES)[number];

/** How one connection syncs: the stage's policy with the connection's overrides. */
export interface SyncRules extends WindowRule {
  readonly intervalMs: number;
  readonly staleAfterMs: number;
  /** Attempts at one source or cache call within a run. */
  readonly attempts: number;
  readonly inlineBytes: number;
  readonly detectDiscrepancies: boolean;
  readonly audit: AuditMode;
}
