import { DIGEST_DIGITS } from '../domain/digest.ts';
import { type PartitionKey, partitionKey } from '../domain/names.ts';
import { CONTENT_HASH_LENGTH, formatStamp, OLDEST_STAMP, type Stamp } from '../domain/stamp.ts';
import { type StreamTarget, streamKeyOf } from './describe-partition.ts';
import { type FindPorts, type FoundRecord, findRecord } from './find-record.ts';
import { isEnabled } from './planned-streams.ts';
import type { SyncPorts } from './sync-context.ts';

export type ForgetPorts = FindPorts & Pick<SyncPorts, 'quarantine' | 'queue' | 'clock' | 'telemetry'>;

export type Forgotten =
  /** It is remembered that it must go, and stay away; a worker removes it from these partitions. */
  | { readonly outcome: 'forgetting'; readonly partitions: readonly string[] }
  /** Nothing is known of it, as far as was looked. */
  | { readonly outcome: 'unknown'; readonly looked: FoundRecord['looked'] }
  | { readonly outcome: 'disabled' };

/**
 * Erases one record everywhere. What must stay forgotten is written down first, and only then is it made to leave, so
 * that asking again completes what was interrupted. A version newer than the one that is known now comes back.
 * @param within the partition to look in first, for streams without locators
 * @throws CacheFailure
 */
export async function forgetRecord(
  ports: ForgetPorts,
  target: StreamTarget,
  record: string,
  within?: string,
): Promise<Forgotten> {
  if (!isEnabled(target.connection, target.stream)) return { outcome: 'disabled' };
  const stream = streamKeyOf(target);
  const found = await findRecord(ports, target, record, within === undefined ? {} : { partition: within });
  const partitions = tracesOf(found);
  const [first] = partitions;
  if (first === undefined) return { outcome: 'unknown', looked: found.looked };
  const stamp = stampOf(ports, found);
  await ports.forgotten.put(stream, { record, partition: first, stamp, at: ports.clock.now() });
  await ports.quarantine.release(stream, [record]);
  for (const partition of partitions) await markLeaving(ports, partitionKey(stream, partition), { [record]: stamp });
  ports.telemetry.log('info', 'a record is to be forgotten', { ...stream, partitions });
  return { outcome: 'forgetting', partitions };
}

/** Every partition that has, or may have, a trace of it. */
export function tracesOf({ partition, entry, locator, forgotten }: FoundRecord): readonly string[] {
  const traced = entry !== undefined && (entry.stored !== undefined || entry.body !== 'absent');
  const places = [traced ? partition : undefined, locator?.partition, forgotten?.partition];
  return [...new Set(places.filter((place) => place !== undefined))];
}

/** Has a worker look at records of a partition again, which the partition's item durably remembers. */
export async function markLeaving(
  ports: Pick<ForgetPorts, 'partitions' | 'queue' | 'telemetry'>,
  key: PartitionKey,
  records: Readonly<Record<string, Stamp>>,
): Promise<void> {
  await ports.partitions.markMoved(key, records);
  const unsent = await ports.queue.send([{ task: { ...key, task: 'window', reason: 'pending' }, lane: 'priority' }]);
  // The partition remembers it, and the planner comes for it.
  if (unsent.length > 0) ports.telemetry.log('warn', 'erasure not queued, left to the planner', { ...key });
}

/** The newest version that is known of it. One whose stamp is lost is taken for as new as can be. */
function stampOf(ports: Pick<SyncPorts, 'clock'>, { entry, locator, forgotten }: FoundRecord): Stamp {
  const known = [entry?.stored?.stamp, entry?.locator?.stamp, locator?.stamp, forgotten?.stamp];
  const newest = known.reduce<Stamp>(
    (best, stamp) => (stamp !== undefined && stamp > best ? stamp : best),
    OLDEST_STAMP,
  );
  if (newest !== OLDEST_STAMP) return newest;
  const [hash, identity] = ['0'.repeat(CONTENT_HASH_LENGTH), '0'.repeat(DIGEST_DIGITS)];
  return formatStamp({ modified: ports.clock.now(), order: 0, settled: true, hash, identity });
}
