import { CACHE_LAYOUT, type StreamLayout } from '../domain/cache-layout.ts';
import type { DeletionPlan } from '../domain/deletion-plan.ts';
import { EMPTY_LEDGER } from '../domain/ledger.ts';
import { auditItem, type PartitionKey, partitionKey, type StreamKey, WHOLE_STREAM } from '../domain/names.ts';
import { layoutVersion } from '../domain/partition.ts';
import type { DropTask } from '../domain/task.ts';
import { hasTimeLeft, leaseMs, type Slice, type SyncPorts } from './sync-context.ts';

export type Dropped = 'done' | 'more';

/**
 * Carries out an approved lifecycle plan: everything the cache and the state table hold of a partition, or of all
 * partitions of a stream, leaves. Safe to repeat at any point; what is left after one slice the next one finds.
 */
export async function dropPartitions(ports: SyncPorts, task: DropTask, slice: Slice): Promise<Dropped> {
  const plan = await ports.plans.find(task.plan, [task.connection]);
  if (plan === undefined || plan.state !== 'approved') return 'done';
  const layout = await layoutFor(ports, plan);
  if (layout === undefined) {
    ports.telemetry.log('error', 'a plan names a stream that nobody knows', { ...keyOf(plan), plan: plan.plan });
    return 'done';
  }
  const ended =
    plan.partition === WHOLE_STREAM
      ? await dropAll(ports, plan, layout, slice)
      : await dropOne(ports, keyOf(plan), layout, slice);
  if (!ended) return 'more';
  await ports.plans.decide(plan, 'approved', 'applied', ports.clock.now());
  await endRun(ports, plan);
  ports.telemetry.log('warn', 'removed what nobody keeps any more', {
    ...keyOf(plan),
    plan: plan.plan,
    reason: plan.reason,
  });
  return 'done';
}

/** The registry knows the layout of streams whose connection is gone, but not in which version each partition has it. */
async function layoutFor(ports: SyncPorts, { connection, stream }: StreamKey): Promise<StreamLayout | undefined> {
  const known = (await ports.registry.list()).find((candidate) => candidate.connection === connection);
  const found = known?.streams.find((candidate) => candidate.stream === stream);
  return found && { partitionKind: found.partitionKind, locators: found.locators, version: CACHE_LAYOUT };
}

/** @returns whether it is gone; a busy partition is tried again */
async function dropOne(ports: SyncPorts, key: PartitionKey, stream: StreamLayout, slice: Slice): Promise<boolean> {
  const acquired = await ports.partitions.acquire(key, slice.owner, leaseMs(slice));
  if (acquired.outcome === 'busy') return false;
  const { held } = acquired;
  const layout = { ...stream, version: layoutVersion(held.state) };
  const other = held.state.full?.layout;
  if (other !== undefined) await ports.cache.dropCopy({ key, layout, to: other, fence: held.fence });
  const dropped = await ports.cache.drop(key, layout, held.fence);
  if (dropped.outcome === 'fenced') {
    await ports.partitions.commit(held, {});
    return false;
  }
  await ports.drift.remove(key);
  return ports.partitions.remove(held);
}

async function dropAll(ports: SyncPorts, plan: DeletionPlan, layout: StreamLayout, slice: Slice): Promise<boolean> {
  let cursor: string | undefined;
  let whole = true;
  do {
    const listing = await ports.partitions.list(plan, cursor);
    for (const { id } of listing.partitions) {
      if (!hasTimeLeft(slice)) return false;
      whole = (await dropOne(ports, partitionKey(plan, id), layout, slice)) && whole;
    }
    cursor = listing.next;
  } while (cursor !== undefined);
  if (!whole) return false;
  await forgetStream(ports, plan, slice);
  return true;
}

/** Without its own items, so that a connection that comes back begins with a first load. */
async function forgetStream(ports: SyncPorts, stream: StreamKey, slice: Slice): Promise<void> {
  for (const id of [WHOLE_STREAM, auditItem(WHOLE_STREAM)]) {
    const acquired = await ports.partitions.acquire(partitionKey(stream, id), slice.owner, leaseMs(slice));
    if (acquired.outcome === 'held') await ports.partitions.remove(acquired.held);
  }
  await ports.streams.remove(stream);
  const known = (await ports.registry.list()).find(({ connection }) => connection === stream.connection);
  const left = known?.streams.filter((candidate) => candidate.stream !== stream.stream) ?? [];
  if (left.length === 0) await ports.registry.forget(stream.connection);
  else await ports.registry.remember({ connection: stream.connection, streams: left });
}

async function endRun(ports: SyncPorts, plan: DeletionPlan): Promise<void> {
  if (plan.run === undefined) return;
  const now = ports.clock.now();
  const known = await ports.runs.find(plan.run, [plan.connection]);
  await ports.runs.put({
    ...keyOf(plan),
    run: plan.run,
    task: 'drop',
    trigger: 'plan',
    state: 'ended',
    outcome: 'succeeded',
    requestedAt: known?.requestedAt ?? now,
    startedAt: known?.startedAt ?? now,
    endedAt: now,
    ledger: { ...EMPTY_LEDGER, removed: plan.removals },
    plan: plan.plan,
  });
}

function keyOf({ connection, stream, partition }: PartitionKey): PartitionKey {
  return { connection, stream, partition };
}
