import { exclusionStamp, isExclusion } from '../domain/exclusion.ts';
import { plusMs } from '../domain/instant.ts';
import { partitionKey } from '../domain/names.ts';
import type { ForgottenRecord } from '../ports/forgotten-store.ts';
import { type StreamTarget, streamKeyOf } from './describe-partition.ts';
import { type FoundRecord, findRecord } from './find-record.ts';
import { type ForgetPorts, markLeaving, tracesOf } from './forget-record.ts';

export type Excluded =
  /** It is remembered that it must go, and stay away; a worker removes it from these partitions. */
  | { readonly outcome: 'excluding'; readonly partitions: readonly string[] }
  /** Nothing is known of it, as far as was looked, and no partition was named. */
  | { readonly outcome: 'unknown'; readonly looked: FoundRecord['looked'] }
  | { readonly outcome: 'disabled' };

/**
 * Takes a record out of the cache for good, in whatever version the source shows it, until somebody includes it again.
 * Written down first, so that asking again completes what was interrupted.
 * @param within the partition it belongs to; needed for a record that nothing is known of
 * @throws CacheFailure
 */
export async function excludeRecord(
  ports: ForgetPorts,
  target: StreamTarget,
  record: string,
  within?: string,
): Promise<Excluded> {
  if (!target.connection.connection.enabled) return { outcome: 'disabled' };
  const stream = streamKeyOf(target);
  const found = await findRecord(ports, target, record, within === undefined ? {} : { partition: within });
  const partitions = [...new Set([...tracesOf(found), ...(within === undefined ? [] : [within])])];
  const [first] = partitions;
  if (first === undefined) return { outcome: 'unknown', looked: found.looked };
  const at = ports.clock.now();
  const stamp = exclusionStamp(at);
  await ports.forgotten.put(stream, { record, partition: first, stamp, at });
  await ports.quarantine.release(stream, [record]);
  for (const partition of partitions) await markLeaving(ports, partitionKey(stream, partition), { [record]: stamp });
  ports.telemetry.log('info', 'a record is excluded', { ...stream, partitions, record });
  return { outcome: 'excluding', partitions };
}

export type Included =
  /** A worker lets it in again, and has it read from the source. */
  | { readonly outcome: 'including'; readonly partition: string }
  | { readonly outcome: 'not-excluded' }
  | { readonly outcome: 'disabled' };

/**
 * Ends the exclusion of a record, and has it read again. A tombstone that is left in another partition is found by
 * the audit that misses the record there.
 */
export async function includeRecord(ports: ForgetPorts, target: StreamTarget, record: string): Promise<Included> {
  if (!target.connection.connection.enabled) return { outcome: 'disabled' };
  const stream = streamKeyOf(target);
  const known = (await ports.forgotten.list(stream)).find((candidate) => candidate.record === record);
  if (known === undefined || !isExclusion(known.stamp)) return { outcome: 'not-excluded' };
  // Marked before, or who dies in between leaves the tombstone for ever; and after, by another stamp, because a worker
  // that comes in between still finds it excluded.
  const key = partitionKey(stream, known.partition);
  const now = ports.clock.now();
  await ports.partitions.markMoved(key, { [record]: exclusionStamp(now) });
  await ports.forgotten.remove(stream, [record]);
  await markLeaving(ports, key, { [record]: exclusionStamp(plusMs(now, 1)) });
  ports.telemetry.log('info', 'a record is included again', { ...key, record });
  return { outcome: 'including', partition: known.partition };
}

const LISTED = 100;

export interface ExcludedPage {
  readonly records: readonly ForgottenRecord[];
  /** Where to go on; absent on the last page. */
  readonly next?: string;
}

/** Excluded records of a stream, or of one of its partitions, in the order of their ids. */
export async function listExcluded(
  ports: Pick<ForgetPorts, 'forgotten'>,
  target: StreamTarget,
  { partition, after }: { readonly partition?: string | undefined; readonly after?: string | undefined },
): Promise<ExcludedPage> {
  const all = (await ports.forgotten.list(streamKeyOf(target)))
    .filter(({ stamp }) => isExclusion(stamp))
    .filter((record) => partition === undefined || record.partition === partition)
    .toSorted((a, b) => (a.record < b.record ? -1 : 1));
  const left = all.filter(({ record }) => after === undefined || record > after);
  const records = left.slice(0, LISTED);
  const last = records.at(-1);
  return { records, ...(last !== undefined && left.length > LISTED ? { next: last.record } : {}) };
}
