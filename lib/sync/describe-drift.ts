import { addDrift, type DriftCounts, type DriftReport, NO_DRIFT, totalDrift } from '../domain/drift.ts';
import { earlierOf, type Instant } from '../domain/instant.ts';
import type { PartitionKey, StreamKey } from '../domain/names.ts';
import type { SyncPorts } from './sync-context.ts';

type DriftPorts = Pick<SyncPorts, 'drift'>;

export interface DriftTotals {
  /** Partitions that were ever audited. */
  readonly partitions: number;
  /** Those in which something differed. */
  readonly drifted: number;
  readonly counts: DriftCounts;
  /** When the one audited longest ago was. */
  readonly earliestAt?: Instant;
  /** Whether there are more partitions than were counted. */
  readonly truncated: boolean;
}

/** Where a listing goes on: in which of the streams, and within it. */
export interface DriftPosition {
  readonly offset: number;
  readonly after?: string;
}

export interface DriftPage {
  readonly reports: readonly DriftReport[];
  readonly next?: DriftPosition;
}

/** Reports that are read, at the most, to sum up. */
const MAX_SUMMED = 2_000;

/** A page is complete once it has as many. */
const LISTED = 50;

const NOTHING: DriftTotals = { partitions: 0, drifted: 0, counts: NO_DRIFT, truncated: false };

/** What the last audits of these streams found, partition by partition: the next page of it. */
export async function listDrift(
  ports: DriftPorts,
  streams: readonly StreamKey[],
  { offset, after }: DriftPosition = { offset: 0 },
): Promise<DriftPage> {
  const reports: DriftReport[] = [];
  let cursor = after;
  for (const [index, stream] of streams.entries()) {
    if (index < offset) continue;
    if (reports.length >= LISTED) return { reports, next: { offset: index } };
    const listing = await ports.drift.list(stream, cursor);
    reports.push(...listing.reports);
    if (listing.next !== undefined) return { reports, next: { offset: index, after: listing.next } };
    cursor = undefined;
  }
  return { reports };
}

/** The same, summed up. */
export async function sumDrift(ports: DriftPorts, streams: readonly StreamKey[]): Promise<DriftTotals> {
  let totals = NOTHING;
  let position: DriftPosition | undefined = { offset: 0 };
  while (position !== undefined) {
    if (totals.partitions >= MAX_SUMMED) return { ...totals, truncated: true };
    const page: DriftPage = await listDrift(ports, streams, position);
    totals = page.reports.reduce(addReport, totals);
    position = page.next;
  }
  return totals;
}

/** The report of one partition, as a page and its sum; empty before its first audit. */
export async function describePartitionDrift(
  ports: DriftPorts,
  key: PartitionKey,
): Promise<{ readonly page: DriftPage; readonly totals: DriftTotals }> {
  const report = await ports.drift.read(key);
  const reports = report === undefined ? [] : [report];
  return { page: { reports }, totals: reports.reduce(addReport, NOTHING) };
}

function addReport(totals: DriftTotals, { counts, at }: DriftReport): DriftTotals {
  return {
    ...totals,
    partitions: totals.partitions + 1,
    drifted: totals.drifted + (totalDrift(counts) > 0 ? 1 : 0),
    counts: addDrift(totals.counts, counts),
    earliestAt: totals.earliestAt === undefined ? at : earlierOf(totals.earliestAt, at),
  };
}
