import { EMPTY_LEDGER } from '../domain/ledger.ts';
import { partitionKey, type StreamKey } from '../domain/names.ts';
import { isPending } from '../domain/partition.ts';
import type { Held, PartitionChange } from '../ports/partition-store.ts';
import { type Applied, applyRecords } from './apply-records.ts';
import { type Confirmed, confirmGone } from './confirm-gone.ts';
import { reportRecords, wantsMore } from './end-run.ts';
import { leftRecords } from './left-records.ts';
import { newRunId } from './new-run-id.ts';
import { isLoaded, tellLoaded } from './partition-loaded.ts';
import { passBrake } from './pass-brake.ts';
import type { HintedWork } from './read-hinted.ts';
import { release } from './release.ts';
import { reportLost } from './report-lost.ts';
import { layoutOf, type StreamContext } from './sync-context.ts';
import { withLease } from './with-lease.ts';

/** Records among which one is looked for that is not suspected itself. */
const WITNESSES = 20;

/**
 * Writes what the source says of hinted records into one partition, under its lease. Says nothing about anything else
 * that may have changed there: no watermark moves, and nothing that is pending is settled.
 * @returns `later` when somebody else has the partition, or what was read may be older than what is known since
 * @throws CacheFailure, SourceFailure
 */
export async function applyHinted(
  context: StreamContext,
  stream: StreamKey,
  work: HintedWork,
): Promise<'done' | 'later'> {
  const key = partitionKey(stream, work.partition);
  const leased = await withLease(context, key, async (held) => {
    const { pending, scanOrder } = held.state;
    // What is to be read as a whole will show it. What was read before a scan's end may show what that found gone.
    if (pending.rebuild || work.order <= scanOrder) {
      await release(context, held);
      return pending.rebuild ? 'done' : 'later';
    }
    return write(context, held, work);
  });
  return leased.outcome === 'held' ? leased.value : 'later';
}

async function write(context: StreamContext, held: Held, work: HintedWork): Promise<'done' | 'later'> {
  const startedMs = context.clock.monotonicMs();
  const run = newRunId(context);
  const loaded = await isLoaded(context, held.state);
  const { missed, removals, lastOrder } = await whatLeft(context, held, work, run);
  const applied = await applyRecords(context, held, {
    records: [...work.records, ...missed],
    order: work.order,
    asOf: work.asOf,
    path: 'inline',
    removals,
    // A delta that was read before this may be marked, and applied, after it.
    left: leftRecords({ ...work, mayFollow: () => true }),
    meta: { loaded: tellLoaded(held.state, loaded), pending: isPending(held.state.pending) },
  });
  if (applied.outcome === 'lost') {
    const ledger = { ...EMPTY_LEDGER, ...applied.ledger };
    await reportLost(context, held, { run, task: 'apply', ledger, startedMs });
    return 'done';
  }
  if (applied.outcome !== 'applied') return 'later';
  const { removed = 0 } = applied.ledger;
  // A message that was read before may hold a newer version of what has left: what it tells of is read again instead.
  const scanned = removed > 0 ? { scanOrder: lastOrder } : {};
  await commit(context, held, applied, { ...scanned, ...(loaded ? { loaded } : {}) });
  return 'done';
}

/** Which suspects the source does not have any more; none where nothing tells that its silence can be believed. */
async function whatLeft(
  context: StreamContext,
  held: Held,
  { records, suspects, order }: HintedWork,
  run: string,
): Promise<Pick<Confirmed, 'missed' | 'removals' | 'lastOrder'>> {
  const nothing = { missed: [], removals: {}, lastOrder: order };
  if (suspects.length === 0) return nothing;
  const witness = records[0]?.id ?? (await otherThan(context, held, new Set(suspects.map(({ record }) => record))));
  const confirmed = await confirmGone(context, held, { suspects, order, witness, likelyGone: true });
  const ids = Object.keys(confirmed.removals);
  if (!confirmed.believed) {
    const { connection } = held.key;
    context.telemetry.log('warn', 'hinted deletions left to the audit', { ...held.key, connection, hints: ids.length });
    return { ...confirmed, removals: {} };
  }
  const plan = await passBrake(context, { key: held.key, ids, cached: held.state.count, run });
  return plan === undefined ? confirmed : { ...confirmed, removals: {} };
}

async function otherThan(
  { cache, stream }: StreamContext,
  { key, state }: Held,
  suspects: ReadonlySet<string>,
): Promise<string | undefined> {
  const some = await cache.sample(key, layoutOf(stream, state), WITNESSES);
  return some.find((record) => !suspects.has(record));
}

async function commit(
  context: StreamContext,
  held: Held,
  { ledger, count }: Extract<Applied, { readonly outcome: 'applied' }>,
  change: PartitionChange,
): Promise<void> {
  const { added = 0, updated = 0, removed = 0 } = ledger;
  const totals = { added, updated, removed };
  const committed = await context.partitions.commit(held, { ...change, cached: true, count, totals });
  reportRecords(context.telemetry, { connection: held.key.connection, stream: held.key.stream }, ledger);
  context.telemetry.log('info', 'hinted records applied', { ...held.key, ...ledger });
  // Whoever found the partition busy meanwhile has left it to us.
  if (committed.outcome === 'committed' && wantsMore(committed.state)) {
    await context.queue.send([{ task: { ...held.key, task: 'window', reason: 'pending' }, lane: 'priority' }]);
  }
}
