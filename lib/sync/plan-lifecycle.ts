import type { PlanReason } from '../domain/deletion-plan.ts';
import { partitionKey, WHOLE_STREAM } from '../domain/names.ts';
import type { KnownConnection } from '../ports/connection-registry.ts';
import type { OpenConnection, OpenConnections } from '../ports/sources.ts';
import { holdLifecycle, releaseLifecycle } from './lifecycle-plans.ts';
import type { SyncPorts } from './sync-context.ts';

/**
 * Notices connections whose parameter is gone or that are disabled, and streams that are: their records would stay in the
 * cache for ever and grow old unseen. Each stream becomes a plan; what is back, or enabled again, takes its plan away.
 */
export async function planLifecycle(ports: SyncPorts, { open, broken }: OpenConnections): Promise<void> {
  for (const connection of open) if (connection.connection.enabled) await rememberConnection(ports, connection);
  for (const known of await ports.registry.list()) {
    // One that cannot be read now is there all the same.
    if (broken.some(({ id }) => id === known.connection)) continue;
    const present = open.find(({ connection }) => connection.id === known.connection);
    const isDisabled = present?.connection.enabled === false;
    const takenOut = present?.streams.filter(({ rules }) => !rules.enabled).map(({ name }) => name) ?? [];
    await decide(ports, known, 'connection-removed', () => present === undefined);
    await decide(ports, known, 'connection-disabled', () => isDisabled);
    await decide(ports, known, 'stream-disabled', (stream) => !isDisabled && takenOut.includes(stream));
  }
}

/** A stream that is disabled is remembered as long as it was before: until a person has let its records go. */
export async function rememberConnection(
  { registry }: Pick<SyncPorts, 'registry'>,
  { connection: { id }, streams }: OpenConnection,
): Promise<void> {
  const isAllEnabled = streams.every(({ rules }) => rules.enabled);
  const before = isAllEnabled ? undefined : (await registry.list()).find(({ connection }) => connection === id);
  const known = streams
    .filter(({ name, rules }) => rules.enabled || before?.streams.some(({ stream }) => stream === name))
    .map(({ name, partitionKind, locators }) => ({ stream: name, partitionKind, locators }));
  await registry.remember({ connection: id, streams: known });
}

async function decide(
  ports: SyncPorts,
  known: KnownConnection,
  reason: PlanReason & `${'connection' | 'stream'}-${string}`,
  leaves: (stream: string) => boolean,
): Promise<void> {
  for (const { stream } of known.streams) {
    const key = partitionKey({ connection: known.connection, stream }, WHOLE_STREAM);
    if (leaves(stream)) await holdLifecycle(ports, { key, reason, records: await recordsOf(ports, key) });
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
