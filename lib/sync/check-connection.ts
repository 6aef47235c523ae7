import { Failure } from '../domain/failure.ts';
import type { BrokenConnection } from '../ports/connections.ts';
import type { CheckFinding } from '../ports/source.ts';
import type { OpenConnection } from '../ports/sources.ts';

export interface CheckReport {
  /** Whether nothing failed; warnings allowed. */
  readonly ok: boolean;
  readonly findings: readonly CheckFinding[];
}

/** Probes a live account with a few calls of its budget, ahead of scheduled work: a person is waiting. */
export async function checkConnection(open: OpenConnection): Promise<CheckReport> {
  try {
    return report(await open.source('force').check());
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return report([{ check: error.code, status: 'failed', message: error.message }]);
  }
}

/** What is wrong with a connection that cannot be opened: its source is not asked. */
export function checkBroken(broken: BrokenConnection): CheckReport {
  return report(broken.problems.map((message) => ({ check: 'settings', status: 'failed', message })));
}

function report(findings: readonly CheckFinding[]): CheckReport {
  return { ok: findings.every(({ status }) => status !== 'failed'), findings };
}
