import type { ConnectionCycle } from '../domain/cache-layout.ts';
import { type Instant, toIso } from '../domain/instant.ts';
import type { StreamKey } from '../domain/names.ts';
import { NEW_STREAM, type StreamState } from '../domain/stream.ts';
import type { OpenConnection } from '../ports/sources.ts';
import type { HeldStream } from '../ports/stream-store.ts';
import { beginDelta, endDelta, failDelta } from './begin-delta.ts';
import { holdsWhatWasWritten } from './check-cache.ts';
import { discoverPartitions } from './discover-partitions.ts';
import { isHeldBack } from './hold-back.ts';
import { planPartitions } from './plan-partitions.ts';
import { planScheduledFull } from './plan-scheduled-full.ts';
import { plannedStreams } from './planned-streams.ts';
import { type DeltaReport, NOTHING_READ, readDelta } from './read-delta.ts';
import { replanUnfinished, type Unfinished } from './replan-unfinished.ts';
import { reportFreshness } from './report-freshness.ts';
import { requestRebuild } from './request-walk.ts';
import { withRetries } from './retry.ts';
import { hasTimeLeft, type Occasion, type Slice, type StreamContext, type SyncPorts } from './sync-context.ts';

interface PlannedStream {
  readonly context: StreamContext;
  readonly state: StreamState;
  readonly held?: HeldStream;
  readonly report?: DeltaReport;
  readonly unfinished: Unfinished;
}

/**
 * One cycle of one connection: each due stream is asked once what changed, the answer is handed out, one command
 * publishes the cycle to readers (and tells whether the cache lost data), and only then do the watermarks move. While
 * the source is down nothing happens.
 * @param occasion when a person asks, no partition of a due stream waits for its own time
 */
export async function planConnection(
  ports: SyncPorts,
  connection: OpenConnection,
  slice: Slice,
  occasion: Occasion = 'schedule',
): Promise<void> {
  if (await isHeldBack(ports, connection)) return;
  const planned: PlannedStream[] = [];
  for (const { context, state } of await longestDueFirst(ports, connection, slice)) {
    // What a slow source leaves no time for is due still, and so comes first in the next cycle.
    const inTime = planned.length === 0 || hasTimeLeft(slice);
    planned.push(inTime ? await planStream(context, state, occasion) : { context, state, unfinished: NOT_LOOKED_AT });
  }
  if (!planned.some(({ report }) => report !== undefined)) return;
  const cycle = 1 + Math.max(...planned.map(({ state }) => state.cacheCycle));
  const published = await publish(ports, connection, cycle, planned);
  if (published === 'lost' || (published === 'unsure' && !(await allHold(planned)))) {
    await rebuildAll(planned);
    // Readers are told at once that what they find is not all there was.
    await publish(ports, connection, cycle, planned.map(whileRebuilding));
  }
  for (const { context, held, report } of planned) {
    if (held === undefined || report === undefined) continue;
    await endDelta(context, held, report, published === 'failed' ? undefined : cycle);
  }
}

type FoundStream = Pick<PlannedStream, 'context' | 'state'>;

async function longestDueFirst(
  ports: SyncPorts,
  connection: OpenConnection,
  slice: Slice,
): Promise<readonly FoundStream[]> {
  const source = connection.source('scheduled');
  const found = await Promise.all(
    plannedStreams(connection).map(async (stream): Promise<FoundStream> => {
      const context = { ...ports, connection, stream, source, slice };
      return { context, state: (await ports.streams.read(keyOf(context))) ?? NEW_STREAM };
    }),
  );
  return found.toSorted((a, b) => (a.state.nextDueAt ?? 0) - (b.state.nextDueAt ?? 0));
}

function keyOf({ connection, stream }: StreamContext): StreamKey {
  return { connection: connection.connection.id, stream: stream.name };
}

async function planStream(context: StreamContext, state: StreamState, occasion: Occasion): Promise<PlannedStream> {
  const key = keyOf(context);
  await runSafely(context, key, () => planScheduledFull(context, key, state));
  const held = await beginDelta(context, key, state);
  if (held === undefined) return { context, state, unfinished: await tend(context, key, state) };
  try {
    const report =
      context.stream.coverage === 'stream'
        ? await readDelta(context, held)
        : await planPartitions(context, held, occasion);
    if (report.discover) await discoverPartitions(context);
    const unfinished = await replanUnfinished(context, key, report, occasion);
    return { context, state: held.state, held, report, unfinished };
  } catch (error) {
    await failDelta(context, held, error);
    return { context, state, unfinished: NOT_LOOKED_AT };
  }
}

/** A stream that is not due is not asked; but what is unfinished of it waits for no schedule. */
async function tend(context: StreamContext, key: StreamKey, state: StreamState): Promise<Unfinished> {
  const { lease, paused, watermark } = state;
  const now = context.clock.now();
  // Readers go by each partition's own watermark until its next cycle.
  if (paused || (lease !== undefined && lease.expiresAt > now)) return NOT_LOOKED_AT;
  if (watermark !== undefined && context.stream.rules.schedule !== undefined) {
    reportFreshness(context, key, watermark, now);
  }
  const unfinished = await runSafely(context, key, () => replanUnfinished(context, key, NOTHING_READ));
  return unfinished ?? NOT_LOOKED_AT;
}

async function runSafely<T>(context: StreamContext, key: StreamKey, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    context.telemetry.log('error', 'planning a stream failed', { ...key, reason });
    return undefined;
  }
}

const NOT_LOOKED_AT: Unfinished = { pending: new Map(), more: true, rebuilding: false };

function whileRebuilding(planned: PlannedStream): PlannedStream {
  return { ...planned, unfinished: { ...planned.unfinished, rebuilding: true } };
}

type Published = 'ok' | 'lost' | 'unsure' | 'failed';

async function publish(
  ports: SyncPorts,
  connection: OpenConnection,
  cycle: number,
  planned: readonly PlannedStream[],
): Promise<Published> {
  const { id } = connection.connection;
  // Readers must not be told what others have overtaken.
  if (planned.some(({ held }) => held !== undefined && held.expiresAt <= ports.clock.now())) return 'failed';
  try {
    const before = await withRetries(
      ports,
      Math.max(...planned.map(({ context }) => context.stream.rules.attempts)),
      ({ retryable }) => retryable,
      () => ports.cache.publishCycle(id, describeCycle(cycle, ports.clock.now(), planned)),
    );
    ports.telemetry.metric('CacheCommands', 1, { connection: id });
    const known = Math.max(...planned.map(({ state }) => state.cacheCycle));
    if (known === 0) return planned.some(({ state }) => state.watermark !== undefined) ? 'unsure' : 'ok';
    if (before === undefined || before.cycle < known) return 'lost';
    // A cycle nobody has committed: whoever published it may have died knowing that the cache had lost data.
    return before.cycle > known ? 'unsure' : 'ok';
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    ports.telemetry.log('error', 'the cycle could not be published to the cache', { connection: id, reason });
    return 'failed';
  }
}

function describeCycle(cycle: number, at: Instant, planned: readonly PlannedStream[]): ConnectionCycle {
  const streams = planned.map(({ context, state, report, unfinished }) => {
    const watermark = report?.watermark ?? state.watermark;
    const entry = {
      ...(watermark === undefined ? {} : { watermark: toIso(watermark) }),
      loaded: state.loaded && !unfinished.rebuilding,
      pending: Object.fromEntries(unfinished.pending),
      more: unfinished.more,
    };
    return [context.stream.name, entry] as const;
  });
  return { cycle, at: toIso(at), streams: Object.fromEntries(streams) };
}

async function allHold(planned: readonly PlannedStream[]): Promise<boolean> {
  for (const { context } of planned) if (!(await holdsWhatWasWritten(context))) return false;
  return true;
}

/** The cache was flushed, or an old backup was restored: every stream that was begun is read as a whole again. */
async function rebuildAll(planned: readonly PlannedStream[]): Promise<void> {
  for (const { context, state } of planned) {
    const connection = context.connection.connection.id;
    context.telemetry.log('error', 'the cache lost data: rebuilding', { connection, stream: context.stream.name });
    context.telemetry.metric('CacheLost', 1, { connection, stream: context.stream.name });
    if (state.watermark !== undefined) await requestRebuild(context);
  }
}
