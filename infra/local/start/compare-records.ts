import * as z from 'zod';
import {
  CACHE_LAYOUT,
  metaKey,
  NO_SEGMENT,
  parseSegments,
  versionedRecordsKey,
} from '../../../lib/domain/cache-layout.ts';
import type { RedisEndpoint } from '../services.ts';

/** A record as it is at the source. */
export interface TrueRecord {
  readonly id: string;
  readonly partition: string;
  /** To the byte. */
  readonly body: string;
}

export interface Comparison {
  readonly equal: number;
  /** Ids with what is wrong, in the order found. */
  readonly differences: readonly string[];
}

const REQUEST_TIMEOUT_MS = 30_000;
const answerSchema = z.object({ result: z.array(z.string()) });

/** Compares the cache with the source, record by record and byte by byte, in every partition given. */
export async function compareRecords(
  redis: Pick<RedisEndpoint, 'url' | 'token'>,
  layout: { readonly partitionKind: string; readonly stream: string },
  partitions: readonly string[],
  truth: readonly TrueRecord[],
): Promise<Comparison> {
  const expected = Map.groupBy(truth, ({ partition }) => partition);
  const differences: string[] = [];
  let equal = 0;
  for (const partition of partitions) {
    const cached = await readPartition(redis, layout, partition);
    for (const { id, body } of expected.get(partition) ?? []) {
      const found = cached.get(id);
      cached.delete(id);
      if (found === body) equal += 1;
      else differences.push(`${partition}/${id} ${found === undefined ? 'is missing' : 'differs'}`);
    }
    for (const id of cached.keys()) differences.push(`${partition}/${id} is not at the source`);
  }
  return { equal, differences };
}

/** In whichever layout and segments readers are told of. */
async function readPartition(
  redis: Pick<RedisEndpoint, 'url' | 'token'>,
  { partitionKind, stream }: { readonly partitionKind: string; readonly stream: string },
  partition: string,
): Promise<Map<string, string>> {
  const meta = await readHash(redis, metaKey(partitionKind, partition, stream));
  const layout = { partitionKind, version: Number(meta.get('layout') ?? CACHE_LAYOUT) };
  const cached = new Map<string, string>();
  for (const segment of [NO_SEGMENT, ...parseSegments(meta.get('segments'))]) {
    const key = versionedRecordsKey({ stream, partition }, layout, segment);
    for (const [id, body] of await readHash(redis, key)) cached.set(id, body);
  }
  return cached;
}

/** Over the protocol applications use, so that what is compared is what they would read. */
async function readHash(redis: Pick<RedisEndpoint, 'url' | 'token'>, key: string): Promise<Map<string, string>> {
  const response = await fetch(redis.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${redis.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(['HGETALL', key]),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the cache answered ${response.status} when it was compared`);
  const { result } = answerSchema.parse(await response.json());
  const hash = new Map<string, string>();
  for (let index = 0; index + 1 < result.length; index += 2) hash.set(result[index] ?? '', result[index + 1] ?? '');
  return hash;
}
