import { CACHE_LAYOUT } from '../domain/cache-layout.ts';
import { outcomeOf } from '../domain/ledger.ts';
import { type FullCheckpoint, isPending, layoutVersion, type PartitionState } from '../domain/partition.ts';
import type { Copied } from '../ports/cache.ts';
import type { Held, PartitionChange } from '../ports/partition-store.ts';
import { type Applied, applyRecords } from './apply-records.ts';
import { endRun, recordRun, type StepEnd } from './end-run.ts';
import { fullRun } from './full-run.ts';
import { tellLoaded } from './partition-loaded.ts';
import { release } from './release.ts';
import { reportLost } from './report-lost.ts';
import { withRetries } from './retry.ts';
import { layoutOf, type StreamContext } from './sync-context.ts';

/** The layout that a partition is still to be given; `undefined` when it has the one that its stream is to have. */
export function layoutToBuild({ stream }: Pick<StreamContext, 'stream'>, state: PartitionState): number | undefined {
  const wanted = stream.layout ?? CACHE_LAYOUT;
  return layoutVersion(state) === wanted ? undefined : wanted;
}

/**
 * One step of building the other layout, after a full has made the present one equal to the source: one page is copied
 * within the cache. Whatever else is written from the first page on goes to both, and readers are told of none of it.
 */
export async function copyLayout(context: StreamContext, held: Held, full: FullCheckpoint): Promise<StepEnd> {
  const { layout: to = CACHE_LAYOUT, cursor, ...rest } = full;
  const layout = layoutOf(context.stream, held.state);
  if (!isStillWanted(context, held.state, full)) return abandonCopy(context, held, full);
  const request = { key: held.key, layout, to, fence: held.fence, ...(cursor === undefined ? {} : { cursor }) };
  const copied = await withCacheRetries(context, () => context.cache.copy(request));
  context.telemetry.metric('CacheCommands', copied.commands, { connection: held.key.connection });
  if (copied.outcome === 'lost') {
    return reportLost(context, held, { run: full.run, task: 'full', ledger: full.ledger, startedMs: now(context) });
  }
  if (copied.outcome !== 'copied') return release(context, held);
  const committed = await context.partitions.commit(held, afterPage(rest, copied, layout.version, to));
  if (committed.outcome === 'fenced') return 'done';
  if (copied.next !== undefined || copied.whole) return 'more';
  // A cache that loses what it was just given is not asked again at once.
  context.telemetry.log('error', 'a partition was lost while it was copied to another layout', { ...held.key });
  return 'done';
}

type CopiedPage = Extract<Copied, { readonly outcome: 'copied' }>;

/** From the last page on the other layout is the one that is written, and the present one is to be left. */
function afterPage(
  full: Omit<FullCheckpoint, 'layout' | 'cursor'>,
  { next, whole }: CopiedPage,
  from: number,
  to: number,
): PartitionChange {
  if (next !== undefined) return { full: { ...full, layout: to, cursor: next } };
  return whole ? { full: { ...full, phase: 'switch', layout: from }, layout: to } : { full: { ...full, layout: to } };
}

/** A rebuild asked for meanwhile means that what was copied may be lost; and the stream may be to have another by now. */
function isStillWanted(context: StreamContext, state: PartitionState, full: FullCheckpoint): boolean {
  const lost = state.pending.rebuilds > (full.startRebuilds ?? 0);
  return !lost && full.layout === layoutToBuild(context, state);
}

async function abandonCopy(context: StreamContext, held: Held, full: FullCheckpoint): Promise<StepEnd> {
  const { key, fence } = held;
  const request = { key, layout: layoutOf(context.stream, held.state), to: full.layout ?? CACHE_LAYOUT, fence };
  const ours = await withCacheRetries(context, () => context.cache.dropCopy(request));
  return ours ? endFull(context, held, full) : release(context, held);
}

/**
 * The last step: readers are told of the new layout, and the old one is dropped, in one moment. Any write that comes
 * before this step does the same, so that it does not matter who is first, or who dies.
 */
export async function switchLayout(context: StreamContext, held: Held, full: FullCheckpoint): Promise<StepEnd> {
  let told = await tell(context, held, held.state.pending.rebuild);
  if (told.outcome === 'lost') {
    await context.partitions.markRebuild(held.key);
    told = await tell(context, held, true);
  }
  return told.outcome === 'applied' ? endFull(context, held, full) : release(context, held);
}

function tell(context: StreamContext, held: Held, lost: boolean): Promise<Applied> {
  const { state } = held;
  return applyRecords(context, held, {
    records: [],
    order: state.scanOrder,
    path: 'full',
    create: lost,
    meta: { loaded: lost ? false : tellLoaded(state, state.loaded), pending: lost || isPending(state.pending) },
  });
}

async function endFull(context: StreamContext, held: Held, full: FullCheckpoint): Promise<StepEnd> {
  const { run, ledger, heldDeletions = 0 } = full;
  const end = { complete: true, heldDeletions };
  // Before the commit, as for any full.
  const outcome = outcomeOf(ledger, end);
  await recordRun(context, run, fullRun(full, held), { state: 'ended', outcome, ledger, heldDeletions });
  return endRun(context, held, { run, task: 'full', ledger, end, startedMs: now(context) }, { full: null });
}

function withCacheRetries<T>(context: StreamContext, work: () => Promise<T>): Promise<T> {
  const { attempts } = context.stream.rules;
  return withRetries(context, attempts, (failure) => failure.code === 'cache-unavailable', work);
}

function now(context: StreamContext): number {
  return context.clock.monotonicMs();
}
