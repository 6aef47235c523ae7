import type { Schedule } from './schedule.ts';
import type { WindowRule } from './window.ts';

/** Whether audits are made without being asked for, and what they do about what they find. */
export const AUDIT_MODES = ['off', 'report', 'repair'] as const;

export type AuditMode = (typeof AUDIT_MODES)[number];

/** What becomes of a record that is in the cache already when the source shows it again. */
export const CONFLICT_POLICIES = ['update', 'skip-existing'] as const;

export type ConflictPolicy = (typeof CONFLICT_POLICIES)[number];

/** How one stream syncs: the stage's policy with the overrides of its connection, and its own. */
export interface SyncRules extends WindowRule {
  /** `false` takes the stream out of planning, while others of its connection go on. */
  readonly enabled: boolean;
  readonly intervalMs: number;
  /** Absent: it is asked by its interval. */
  readonly schedule?: Schedule;
  readonly staleAfterMs: number;
  /** Attempts at one source or cache call within a run. */
  readonly attempts: number;
  readonly inlineBytes: number;
  readonly detectDiscrepancies: boolean;
  readonly audit: AuditMode;
  readonly onConflict: ConflictPolicy;
}
