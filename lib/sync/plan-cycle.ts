import type { OpenConnection, Sources } from '../ports/sources.ts';
import { planConnection } from './plan-connection.ts';
import type { Slice, SyncPorts } from './sync-context.ts';

/** Connections planned at once: none waits for a slow one. */
const CONNECTIONS_AT_ONCE = 8;

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
  const queue = [...enabled];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await planSafely(ports, next, slice);
  };
  await Promise.all(Array.from({ length: Math.min(CONNECTIONS_AT_ONCE, enabled.length) }, worker));
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
