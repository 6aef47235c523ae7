import type { DriftReport } from '../../../lib/domain/drift.ts';
import { toIso } from '../../../lib/domain/instant.ts';
import type { DriftPage, DriftTotals } from '../../../lib/sync/describe-drift.ts';
import type { DriftReportView, DriftView } from '../schemas/drift.ts';
import { formatPosition } from '../schemas/requests.ts';
import { isoOrNull } from './run-view.ts';

export function driftView({ reports, next }: DriftPage, totals: DriftTotals): DriftView {
  const { partitions, drifted, counts, earliestAt, truncated } = totals;
  return {
    drift: reports.map(reportView),
    totals: { partitions, drifted, ...counts, earliestAt: isoOrNull(earliestAt), truncated },
    next: next === undefined ? null : formatPosition(next),
  };
}

function reportView({ at, ids, ...report }: DriftReport): DriftReportView {
  const { missing, stale, extra, corrupt } = ids;
  return {
    connection: report.connection,
    stream: report.stream,
    partition: report.partition,
    at: toIso(at),
    run: report.run,
    counts: report.counts,
    ids: { missing: [...missing], stale: [...stale], extra: [...extra], corrupt: [...corrupt] },
    repaired: report.repaired,
    swept: report.swept,
    compared: report.compared,
    sourceCalls: report.sourceCalls,
    cacheCommands: report.cacheCommands,
  };
}
