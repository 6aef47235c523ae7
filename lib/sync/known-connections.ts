import type { Sources } from '../ports/sources.ts';
import type { SyncPorts } from './sync-context.ts';

/**
 * Ids of all connections that have, or had, anything: those of the stage, broken ones included, and those whose
 * parameter is gone while the cache still holds their records.
 */
export async function knownConnections(
  ports: Pick<SyncPorts, 'registry'>,
  sources: Sources,
): Promise<readonly string[]> {
  const [{ open, broken }, registered] = await Promise.all([sources.list(), ports.registry.list()]);
  const ids = [
    ...open.map(({ connection }) => connection.id),
    ...broken.map(({ id }) => id),
    ...registered.map(({ connection }) => connection),
  ];
  return [...new Set(ids)];
}
