import { NO_SEGMENT, type StreamLayout, stampsKey, versionedRecordsKey } from '../../domain/cache-layout.ts';
import { type BucketDigest, digestOf } from '../../domain/digest.ts';
import type { PartitionKey } from '../../domain/names.ts';
import { contentHash } from '../../domain/record.ts';
import { parseStamp, type StampParts } from '../../domain/stamp.ts';
import { isTombstone, readStoredStamp, type StoredStamp } from '../../domain/stored-stamp.ts';
import type { DamagedEntry, Examination } from '../../ports/cache-entries.ts';
import type { RedisClient } from './redis-client.ts';
import { pairsOf, readFields, scanPages, texts } from './redis-scan.ts';
import { countFound, segmentsOf } from './segment-keys.ts';
import { type OwnFields, readOwnFields, readStamps } from './stored-stamps.ts';

/** Bodies asked for at a time. */
const BODY_COUNT = 500;

/** Compares bodies, stamps, count and digests of a partition, without keeping any body. Writes may come in between. */
export async function examinePartition(
  client: RedisClient,
  key: PartitionKey,
  layout: StreamLayout,
  sample: number | undefined,
): Promise<Examination> {
  const before = await readOwnFields(client, key);
  const { live } = await readStamps(client, key);
  const after = await readOwnFields(client, key);
  const digestsHold = holds(before, after, live);
  const segments = after.fence === undefined ? await segmentsOf(client, key, layout) : after.segments;
  const found = await countFound(client, key, layout, segments);
  const whole = sample === undefined || !digestsHold || found !== live.size || sample >= found;
  const damaged: DamagedEntry[] = [];
  let [compared, passed] = [0, 0];
  for (const segment of segments) {
    const records = versionedRecordsKey(key, layout, segment);
    const stamped = segments.length === 1 ? live : liveIn(live, segment);
    const share = whole ? undefined : shareOf(sample / found, passed, stamped.size);
    passed += stamped.size;
    const seen = await compareBodies(client, records, stamped, share);
    damaged.push(...(await confirm(client, key, { records, segment }, seen.suspects)));
    compared += seen.compared;
  }
  return { compared, damaged, digestsHold };
}

function liveIn(live: ReadonlyMap<string, StoredStamp>, segment: string): ReadonlyMap<string, StoredStamp> {
  return new Map([...live].filter(([, stored]) => (stored.segment ?? NO_SEGMENT) === segment));
}

/** How many of the next `size` records belong to the sample, so that all shares together are the sample. */
function shareOf(part: number, passed: number, size: number): number {
  return Math.round(part * (passed + size)) - Math.round(part * passed);
}

/** @param share how many bodies, chosen by chance; all of them where it is absent, and then also what has none */
async function compareBodies(
  client: RedisClient,
  records: string,
  live: ReadonlyMap<string, StoredStamp>,
  share: number | undefined,
): Promise<{ readonly compared: number; readonly suspects: readonly string[] }> {
  const bodies =
    share === undefined ? scanPages(client, 'HSCAN', records, BODY_COUNT) : [await someBodies(client, records, share)];
  const compared = new Set<string>();
  const suspects: string[] = [];
  for await (const page of bodies) {
    for (const [id, body] of pairsOf(page)) {
      if (!compared.has(id) && damageOf(live.get(id), body) !== undefined) suspects.push(id);
      compared.add(id);
    }
  }
  if (share === undefined) for (const id of live.keys()) if (!compared.has(id)) suspects.push(id);
  return { compared: compared.size, suspects };
}

async function someBodies(client: RedisClient, records: string, count: number): Promise<readonly string[]> {
  if (count === 0) return [];
  return texts(await client.send(['HRANDFIELD', records, String(count), 'WITHVALUES']), 'HRANDFIELD');
}

/** What is wrong with an entry; `undefined` when nothing is. */
export function damageOf(
  stored: StoredStamp | undefined,
  body: string | undefined,
): DamagedEntry['damage'] | undefined {
  const stamp = stored === undefined || isTombstone(stored) ? undefined : stored.stamp;
  if (body === undefined) return stamp === undefined ? undefined : 'lost';
  if (stamp === undefined) return 'unstamped';
  return parseStamp(stamp)?.hash === contentHash(body) ? undefined : 'altered';
}

/** A number that changed while the stamps were read says nothing about them: it is left to the next examination. */
function holds(before: OwnFields, after: OwnFields, live: ReadonlyMap<string, StoredStamp>): boolean {
  const same = (a: BucketDigest | undefined, b: BucketDigest | undefined) =>
    a?.versions === b?.versions && a?.contents === b?.contents;
  const counted = before.count !== after.count || after.count === live.size;
  const digest = digestOf(partsOf(live));
  return (
    counted &&
    after.buckets.every((bucket, index) => !same(bucket, before.buckets[index]) || same(bucket, digest[index]))
  );
}

export function* partsOf(stamps: ReadonlyMap<string, StoredStamp>): Generator<readonly [string, StampParts]> {
  for (const [id, { stamp }] of stamps) {
    const parts = parseStamp(stamp);
    if (parts !== undefined) yield [id, parts];
  }
}

/** Looks again: an entry that was written since, or is being written, is not damaged. */
async function confirm(
  client: RedisClient,
  key: PartitionKey,
  { records, segment }: { readonly records: string; readonly segment: string },
  suspects: readonly string[],
): Promise<readonly DamagedEntry[]> {
  const damaged: DamagedEntry[] = [];
  for (let start = 0; start < suspects.length; start += BODY_COUNT) {
    const ids = suspects.slice(start, start + BODY_COUNT);
    const before = await readFields(client, stampsKey(key), ids);
    const bodies = await readFields(client, records, ids);
    const after = await readFields(client, stampsKey(key), ids);
    for (const [index, record] of ids.entries()) {
      const text = after[index];
      if (text !== before[index]) continue;
      const stored = text === undefined ? undefined : readStoredStamp(text);
      const here = stored !== undefined && (stored.segment ?? NO_SEGMENT) === segment;
      const damage = damageOf(here ? stored : undefined, bodies[index]);
      if (damage !== undefined) damaged.push({ record, damage });
    }
  }
  return damaged;
}
