import type { OpenConnection, Sources } from '../ports/sources.ts';
import { inPlaces } from './in-places.ts';
import { planConnection } from './plan-connection.ts';
import type { Slice, SyncPorts } from './sync-context.ts';

/** Connections planned at once; one whose source answers late keeps nobody waiting for long. */
const PLACES = { count: 8, patienceMs: 5_000 };

/**
 * One planner cycle over all connections. Safe to run twice at once or late: what is due is decided by each stream's
 * item, and only one planner begins a stream's delta. A connection that fails stops no other.
 */
export async function planCycle(ports: SyncPorts, sources: Sources, slice: Slice): Promise<void> {
  const { open, broken } = await sources.list();
  for (const { id, problems } of broken) {
    ports.telemetry.log('error', 'connection is broken', { connection: id, problems });
  }
  ports.telemetry.metric('ConnectionsBroken', broken.length);
  const enabled = open.filter(({ connection }) => connection.enabled);
  await inPlaces(ports.clock, enabled, PLACES, (connection) => planSafely(ports, connection, slice));
  ports.telemetry.metric('PlannerCycles', 1);
}

async function planSafely(ports: SyncPorts, connection: OpenConnection, slice: Slice): Promise<void> {
  try {
    await planConnection(ports, connection, slice);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    ports.telemetry.log('error', 'planning a connection failed', { connection: connection.connection.id, reason });
  }
}
