import { splitByPartition } from '../domain/fan-out.ts';
import type { Instant } from '../domain/instant.ts';
import { addLedgers, EMPTY_LEDGER, type Ledger } from '../domain/ledger.ts';
import { partitionKey, type StreamKey } from '../domain/names.ts';
import { isPending } from '../domain/partition.ts';
import { type SourceRecord, stampOf } from '../domain/record.ts';
import { compareStamps, parseStamp } from '../domain/stamp.ts';
import { isTombstone, type StoredStamp } from '../domain/stored-stamp.ts';
import type { ImportedRow } from '../ports/imports.ts';
import { applyRecords } from './apply-records.ts';
import { reportRecords } from './end-run.ts';
import { forgottenAmong } from './forgotten-among.ts';
import { inParallel } from './in-parallel.ts';
import { release } from './release.ts';
import { keepsBodies, type StreamContext } from './sync-context.ts';
import { withLease } from './with-lease.ts';

/** Partitions of one page that are written at once. */
const PARTITIONS_AT_ONCE = 8;

/** A partition is written by other imports for seconds at the most. */
const [BUSY_TRIES, BUSY_WAIT_MS] = [5, 2_000] as const;

/** A page of rows and the order of reading that the whole import has. */
export interface ImportPage {
  readonly stream: StreamKey;
  readonly rows: readonly ImportedRow[];
  readonly order: number;
  readonly asOf: Instant;
}

/** @returns what became of the page, or `busy`: somebody else writes one of its partitions */
export async function importPage(context: StreamContext, page: ImportPage, dryRun: boolean): Promise<Ledger | 'busy'> {
  const records = page.rows.flatMap((row) => (row.outcome === 'record' ? [row.record] : []));
  const forgotten = await forgottenAmong(context, records);
  const groups = [...splitByPartition({ records, removed: [] })];
  const ledgers = await inParallel(groups, PARTITIONS_AT_ONCE, ([partition, { records: own }]) =>
    dryRun ? foresee(context, page, partition, own, forgotten) : write(context, page, partition, own, forgotten),
  );
  const done = ledgers.filter((ledger) => ledger !== 'busy');
  if (done.length < ledgers.length) return 'busy';
  const counted = {
    pages: 1,
    seen: page.rows.length - records.length,
    unchanged: page.rows.filter(({ outcome }) => outcome === 'repeated').length,
    quarantined: page.rows.filter(({ outcome }) => outcome === 'rejected').length,
  };
  return [counted, ...done].reduce<Ledger>(addLedgers, EMPTY_LEDGER);
}

type Stamps = Readonly<Record<string, string>>;

async function write(
  context: StreamContext,
  page: ImportPage,
  partition: string,
  records: readonly SourceRecord[],
  forgotten: Stamps,
): Promise<Partial<Ledger> | 'busy'> {
  for (let attempt = 1; attempt <= BUSY_TRIES; attempt += 1) {
    if (attempt > 1) await context.clock.sleep(BUSY_WAIT_MS);
    const ledger = await writeOnce(context, page, partition, records, forgotten);
    if (ledger !== 'busy') return ledger;
  }
  return 'busy';
}

/** Nobody can be asked for what a lost cache held: whatever a file brings is written, and what is missing is mended. */
async function writeOnce(
  context: StreamContext,
  { stream, order, asOf }: ImportPage,
  partition: string,
  records: readonly SourceRecord[],
  forgotten: Stamps,
): Promise<Partial<Ledger> | 'busy'> {
  const leased = await withLease(context, partitionKey(stream, partition), async (held) => {
    const own = records.flatMap(({ id }) => (forgotten[id] === undefined ? [] : [[id, forgotten[id]] as const]));
    const applied = await applyRecords(context, held, {
      records,
      order,
      asOf,
      path: 'import',
      create: true,
      verify: held.state.cached,
      forgotten: Object.fromEntries(own),
      meta: { loaded: true, pending: isPending(held.state.pending) },
    });
    if (applied.outcome !== 'applied') {
      await release(context, held);
      return 'busy';
    }
    const { added = 0, updated = 0 } = applied.ledger;
    const change = { loaded: true, cached: true, count: applied.count, totals: { added, updated } } as const;
    const committed = await context.partitions.commit(held, change);
    if (committed.outcome === 'fenced') return 'busy';
    reportRecords(context.telemetry, stream, applied.ledger);
    return applied.ledger;
  });
  return leased.outcome === 'held' ? leased.value : 'busy';
}

/** What writing would do, by the stamps that the cache has. */
async function foresee(
  context: StreamContext,
  { stream, order, asOf }: ImportPage,
  partition: string,
  records: readonly SourceRecord[],
  forgotten: Stamps,
): Promise<Partial<Ledger>> {
  const key = partitionKey(stream, partition);
  const ids = records.map(({ id }) => id);
  const stored = await context.cache.storedStamps(key, ids);
  const outcomes = records.map((record) => outcomeOf(record, stored.get(record.id), forgotten[record.id]));
  const count = (outcome: Foreseen) => outcomes.filter((one) => one === outcome).length;
  return {
    seen: records.length,
    added: count('added'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    superseded: count('superseded'),
  };

  function outcomeOf(record: SourceRecord, known: StoredStamp | undefined, erased: string | undefined): Foreseen {
    const live = known !== undefined && !isTombstone(known);
    const limit = parseStamp(known?.stamp ?? erased ?? '');
    const candidate = parseStamp(stampOf(record, order, asOf));
    if (limit === undefined || candidate === undefined) return 'added';
    const compared = compareStamps(candidate, limit);
    if (compared === 'newer') return live ? (keepsBodies(context.stream) ? 'unchanged' : 'updated') : 'added';
    return live && compared === 'same' ? 'unchanged' : 'superseded';
  }
}

type Foreseen = 'added' | 'updated' | 'unchanged' | 'superseded';
