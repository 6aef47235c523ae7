import { unpackChanges } from '../domain/fan-out.ts';
import { addLedgers, EMPTY_LEDGER } from '../domain/ledger.ts';
import type { ApplyTask } from '../domain/task.ts';
import type { Held } from '../ports/partition-store.ts';
import { applyRecords } from './apply-records.ts';
import { endRun, type StepEnd } from './end-run.ts';
import { forgottenAmong } from './forgotten-among.ts';
import { leftRecords, newsUnderWay } from './left-records.ts';
import { newRunId } from './new-run-id.ts';
import { isLoaded, tellLoaded } from './partition-loaded.ts';
import { reportLost } from './report-lost.ts';
import { settlePending } from './settle-pending.ts';
import type { StreamContext } from './sync-context.ts';

/** Applies the records a message carries and closes its delta. One that cannot be unpacked is read again instead. */
export async function applyInline(context: StreamContext, held: Held, task: ApplyTask): Promise<StepEnd> {
  const changes = task.inline === undefined ? undefined : unpackChanges(task.inline, task.partition);
  if (changes === undefined) return settlePending(context, held);
  const startedMs = context.clock.monotonicMs();
  const loaded = await isLoaded(context, held.state);
  const others = held.state.pending.open.filter((delta) => delta !== task.delta);
  const read = { order: task.order, asOf: task.servedAt };
  const mayFollow = task.followed === true || (await newsUnderWay(context, held, changes.removed, task.delta));
  const applied = await applyRecords(context, held, {
    ...read,
    records: changes.records,
    ...(held.state.cached ? {} : { forgotten: await forgottenAmong(context, changes.records) }),
    left: leftRecords({ ...read, removed: changes.removed, servedAt: task.pageServedAt, mayFollow: () => mayFollow }),
    path: 'inline',
    meta: {
      loaded: tellLoaded(held.state, loaded),
      pending: others.length > 0,
      applied: task.delta,
      ...(held.state.watermark === undefined ? {} : { watermark: held.state.watermark }),
    },
  });
  const ended = {
    run: newRunId(context),
    task: 'apply' as const,
    ledger: addLedgers(EMPTY_LEDGER, applied.ledger),
    startedMs,
  };
  if (applied.outcome === 'lost') return reportLost(context, held, ended);
  if (applied.outcome !== 'applied') {
    return endRun(context, held, { ...ended, end: { complete: false, heldDeletions: 0, stoppedBy: 'fenced' } }, {});
  }
  return endRun(
    context,
    held,
    { ...ended, end: { complete: true, heldDeletions: 0 } },
    {
      applied: [task.delta],
      cached: true,
      count: applied.count,
      ...(loaded ? { loaded: true } : {}),
    },
  );
}
