import type { PlanReason } from '../domain/deletion-plan.ts';
import { partitionKey, WHOLE_STREAM } from '../domain/names.ts';
import type { KnownConnection } from '../ports/connection-registry.ts';
import type { OpenConnection, OpenConnections } from '../ports/sources.ts';
import { holdLifecycle, releaseLifecycle } from './lifecycle-plans.ts';
import type { SyncPorts } from './sync-context.ts';

/**
 * Notices connections whose parameter is gone or that are disabled: their records would stay in the cache for ever and
 * grow old unseen. Each stream becomes a plan; a connection that is back, or enabled again, takes its plans away.
 */
export async function planLifecycle(ports: SyncPorts, { open, broken }: OpenConnections): Promise<void> {
  for (const connection of open) if (connection.connection.enabled) await rememberConnection(ports, connection);
  for (const known of await ports.registry.list()) {
    // One that cannot be read now is there all the same.
    if (broken.some(({ id }) => id === known.connection)) continue;
    const present = open.find(({ connection }) => connection.id === known.connection);
    await decide(ports, known, 'connection-removed', present === undefined);
    await decide(ports, known, 'connection-disabled', present !== undefined && !present.connection.enabled);
  }
}

export async function rememberConnection(ports: Pick<SyncPorts, 'registry'>, open: OpenConnection): Promise<void> {
  const streams = open.streams.map(({ name, partitionKind, locators }) => ({ stream: name, partitionKind, locators }));
  await ports.registry.remember({ connection: open.connection.id, streams });
}

async function decide(
  ports: SyncPorts,
  known: KnownConnection,
  reason: PlanReason & `connection-${string}`,
  leaving: boolean,
): Promise<void> {
  for (const { stream } of known.streams) {
    const key = partitionKey({ connection: known.connection, stream }, WHOLE_STREAM);
    if (leaving) await holdLifecycle(ports, { key, reason, records: await recordsOf(ports, key) });
    else await releaseLifecycle(ports, key, reason);
  }
}

async function recordsOf(
  ports: SyncPorts,
  stream: { readonly connection: string; readonly stream: string },
): Promise<number> {
  let records = 0;
  let cursor: string | undefined;
  do {
    const listing = await ports.partitions.list(stream, cursor);
    for (const { count } of listing.partitions) records += count;
    cursor = listing.next;
  } while (cursor !== undefined);
  return records;
}
