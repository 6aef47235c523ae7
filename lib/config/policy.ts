import type { AuditMode } from '../domain/sync-rules.ts';

/** How a stage syncs: what an adopter may tune in `infra/config.ts`, and a connection may override. */
export interface Policy {
  /** How often a stream is asked for changes, at the most. */
  readonly intervalMinutes: number;
  /** A partition older than this is stale: shown by status, raised by the alarm. */
  readonly staleAfterMinutes: number;
  /** How far behind its watermark a delta begins: more than the source's index lag. */
  readonly overlapMinutes: number;
  /** How far behind the source's clock a watermark stays: records younger than this are read again. */
  readonly settleSeconds: number;
  /** Messages that one sync invocation receives, 1 to 10. */
  readonly batchSize: number;
  /** Attempts at one source or cache call within a run. */
  readonly attempts: number;
  /** The least time after which a task comes back that failed for a passing reason; later twice that. */
  readonly retrySeconds: number;
  /** Largest packed body that travels inside a message; larger changes are read again by window. */
  readonly inlineBytes: number;
  /** Whether status compares the cache with what was committed, and windows compare bodies. */
  readonly detectDiscrepancies: boolean;
  /** Whether the daily audit only reports what differs, repairs it too, or is not made. */
  readonly audit: AuditMode;
}

export const DEFAULT_POLICY: Policy = {
  intervalMinutes: 5,
  staleAfterMinutes: 15,
  overlapMinutes: 5,
  settleSeconds: 30,
  batchSize: 5,
  attempts: 3,
  retrySeconds: 30,
  inlineBytes: 48 * 1024,
  detectDiscrepancies: true,
  audit: 'repair',
};
