import type { OpenConnection, OpenStream, Sources } from '../ports/sources.ts';
import { discoverPartitions } from './discover-partitions.ts';
import { planLifecycle } from './plan-lifecycle.ts';
import { plannedStreams } from './planned-streams.ts';
import { requestScheduledAudit } from './request-audit.ts';
import { requestFulls } from './request-fulls.ts';
import type { Slice, StreamContext, SyncPorts } from './sync-context.ts';

/**
 * Asks every source which partitions it has: on a schedule of its own, because each costs calls. Connections that are
 * no longer there are noticed by the way.
 */
export async function discoverAll(ports: SyncPorts, sources: Sources, slice: Slice): Promise<void> {
  await planLifecycle(ports, await sources.list());
  await eachStream(ports, sources, slice, (context) => discoverPartitions(context));
}

/** Has every stream read as a whole that has no schedule of its own for that. */
export async function walkAll(ports: SyncPorts, sources: Sources, slice: Slice): Promise<void> {
  await eachStream(ports, sources, slice, async (context) => {
    if (context.stream.rules.schedule?.full === undefined) await requestFulls(context);
  });
}

/** Has every stream compared with the cache, where the policy wants that. */
export async function auditAll(ports: SyncPorts, sources: Sources, slice: Slice): Promise<void> {
  await eachStream(ports, sources, slice, async (context) => {
    if (context.stream.rules.audit !== 'off') await requestScheduledAudit(context, context);
  });
}

/** Runs `work` for every stream that is not paused; one that fails is logged and stops no other. */
async function eachStream(
  ports: SyncPorts,
  sources: Sources,
  slice: Slice,
  work: (context: StreamContext) => Promise<void>,
): Promise<void> {
  const { open } = await sources.list();
  for (const connection of open) {
    for (const stream of plannedStreams(connection)) await runSafely(ports, connection, stream, slice, work);
  }
}

async function runSafely(
  ports: SyncPorts,
  connection: OpenConnection,
  stream: OpenStream,
  slice: Slice,
  work: (context: StreamContext) => Promise<void>,
): Promise<void> {
  const key = { connection: connection.connection.id, stream: stream.name };
  try {
    if ((await ports.streams.read(key))?.paused) return;
    await work({ ...ports, connection, stream, source: connection.source('scheduled'), slice });
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    ports.telemetry.log('error', 'a planned job failed for a stream', { ...key, reason });
  }
}
