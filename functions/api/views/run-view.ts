import { type Instant, msBetween, toIso } from '../../../lib/domain/instant.ts';
import { WHOLE_STREAM } from '../../../lib/domain/names.ts';
import { type Progress, percentOf } from '../../../lib/domain/progress.ts';
import type { Run } from '../../../lib/domain/run.ts';
import type { RunPage } from '../../../lib/ports/run-store.ts';
import type { RunListView, RunView } from '../schemas/run.ts';

export function isoOrNull(instant: Instant | undefined): string | null {
  return instant === undefined ? null : toIso(instant);
}

/** How the whole stream is shown. */
export function partitionOrNull(partition: string): string | null {
  return partition === WHOLE_STREAM ? null : partition;
}

export function runView(run: Run): RunView {
  const { startedAt, endedAt } = run;
  return {
    run: run.run,
    connection: run.connection,
    stream: run.stream,
    partition: partitionOrNull(run.partition),
    task: run.task,
    trigger: run.trigger,
    state: run.state,
    outcome: run.outcome ?? null,
    requestedAt: toIso(run.requestedAt),
    startedAt: isoOrNull(startedAt),
    endedAt: isoOrNull(endedAt),
    durationMs: startedAt === undefined || endedAt === undefined ? null : Math.max(0, msBetween(endedAt, startedAt)),
    ledger: run.ledger,
    progress: progressView(run.progress),
    error: run.error ?? null,
    heldDeletions: run.heldDeletions ?? 0,
    plan: run.plan ?? null,
    drift: run.drift ?? null,
    partitions: run.partitions ?? null,
  };
}

export function progressView(progress: Progress | undefined, remainingMs?: number): RunView['progress'] {
  if (progress === undefined) return null;
  const remainingSeconds = remainingMs === undefined ? null : Math.ceil(remainingMs / 1_000);
  return { ...progress, percent: percentOf(progress), remainingSeconds };
}

export function runListView({ runs, next }: RunPage): RunListView {
  return { runs: runs.map(runView), next: next ?? null };
}
