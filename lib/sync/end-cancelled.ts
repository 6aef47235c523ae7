import { EMPTY_LEDGER } from '../domain/ledger.ts';
import { isSwitchingLayout } from '../domain/partition.ts';
import type { Held } from '../ports/partition-store.ts';
import { endRun, recordRun, type StepEnd } from './end-run.ts';
import type { StreamContext } from './sync-context.ts';
import { requestedTask, shownPartition } from './with-lease.ts';

/**
 * Ends a full, a walk or an audit that somebody no longer wants, whether it has begun or not. What it has written
 * stays: it was newer. A wish that comes too late is forgotten.
 */
export async function endCancelled(context: StreamContext, held: Held, run: string): Promise<StepEnd> {
  const { full, force } = held.state;
  const task = requestedTask(held);
  const tooLate = full?.run === run && isSwitchingLayout(full);
  if (tooLate || (full?.run !== run && force?.run !== run)) {
    await context.partitions.commit(held, { cancelDone: run });
    return 'more';
  }
  const ledger = full?.run === run ? full.ledger : EMPTY_LEDGER;
  const end = { complete: false, heldDeletions: 0, stoppedBy: 'cancelled' } as const;
  const change = { cancelDone: run, ...(full?.run === run ? { full: null } : { forceDone: run }) };
  const base = { task, trigger: 'force', partition: shownPartition(held.key) } as const;
  // Before the commit, as for a full.
  await recordRun(context, run, base, { state: 'ended', outcome: 'cancelled', ledger });
  return endRun(context, held, { run, task, ledger, end, startedMs: context.clock.monotonicMs() }, change);
}
