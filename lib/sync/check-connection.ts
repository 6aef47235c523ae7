import { Failure } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';
import type { BrokenConnection } from '../ports/connections.ts';
import type { CheckFinding } from '../ports/source.ts';
import type { AccountChecks, OpenConnection } from '../ports/sources.ts';

export interface CheckReport {
  /** Whether nothing failed; warnings allowed. */
  readonly ok: boolean;
  readonly findings: readonly CheckFinding[];
}

/** The gateway hangs up a little later, and then nobody is told anything. */
const PATIENCE_MS = 25_000;

export interface CheckPorts {
  readonly checks: AccountChecks;
  readonly clock: Clock;
}

/** Probes a live account with a few calls of its budget. */
export async function checkConnection({ checks, clock }: CheckPorts, open: OpenConnection): Promise<CheckReport> {
  try {
    return report(await Promise.race([checks.check(open), tooLate(clock)]));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return report([{ check: error.code, status: 'failed', message: error.message }]);
  }
}

async function tooLate(clock: Clock): Promise<readonly CheckFinding[]> {
  await clock.sleep(PATIENCE_MS);
  const message = `The source has not answered everything within ${PATIENCE_MS / 1_000} seconds: its host is wrong, or it is slow.`;
  return [{ check: 'answer', status: 'failed', message }];
}

/** What is wrong with a connection that cannot be opened: its source is not asked. */
export function checkBroken(broken: BrokenConnection): CheckReport {
  return report(broken.problems.map((message) => ({ check: 'settings', status: 'failed', message })));
}

function report(findings: readonly CheckFinding[]): CheckReport {
  return { ok: findings.every(({ status }) => status !== 'failed'), findings };
}
