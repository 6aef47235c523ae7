import { type StreamLayout, scanKey, versionedRecordsKey } from '../../domain/cache-layout.ts';
import type { PartitionKey } from '../../domain/names.ts';
import { OLDEST_STAMP, parseStamp } from '../../domain/stamp.ts';
import { isTombstone } from '../../domain/stored-stamp.ts';
import type { CachedVersion } from '../../ports/cache-entries.ts';
import type { RedisClient } from './redis-client.ts';
import { scanPages, texts } from './redis-scan.ts';
import { countFound, segmentsOf, withNone } from './segment-keys.ts';
import { stampPages } from './stored-stamps.ts';

/** Ids asked for at a time: a reply stays below a megabyte. */
const SCAN_COUNT = 5_000;

export interface Unseen {
  readonly key: PartitionKey;
  readonly run: string;
  readonly startOrder: number;
  readonly expectedSeen: number;
  readonly layout: StreamLayout;
}

interface Known {
  /** Records with a stamp. */
  readonly live: ReadonlySet<string>;
  readonly segments: readonly string[];
  readonly seen: ReadonlySet<string>;
}

/** What a complete scan did not see; `undefined` when its memory is gone or incomplete. */
export async function findUnseen(client: RedisClient, query: Unseen): Promise<readonly CachedVersion[] | undefined> {
  const seen = await readSeen(client, query);
  if (seen.size < query.expectedSeen) return undefined;
  // Ids alone: of hundreds of thousands of records the stamps would be a hundred megabytes more.
  const live = new Set<string>();
  const unseen: CachedVersion[] = [];
  let kept = withNone(undefined);
  for await (const page of stampPages(client, query.key)) {
    kept = page.segments ?? kept;
    for (const [record, stored] of page.stamps) {
      if (isTombstone(stored) || live.has(record)) continue;
      live.add(record);
      const { stamp } = stored;
      if (!seen.has(record) && (parseStamp(stamp)?.order ?? 0) < query.startOrder) unseen.push({ record, stamp });
    }
  }
  const segments = live.size === 0 ? await segmentsOf(client, query.key, query.layout) : kept;
  return [...unseen, ...(await findUnstamped(client, query, { live, segments, seen }))];
}

async function readSeen(client: RedisClient, { key, run }: Unseen): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  for await (const page of scanPages(client, 'SSCAN', scanKey(key, run), SCAN_COUNT)) {
    for (const id of page) seen.add(id);
  }
  seen.delete('#begun');
  return seen;
}

/**
 * Records that readers find though their stamps were lost. Ids alone of a big partition are megabytes, so they are read
 * only when the numbers differ.
 */
async function findUnstamped(
  client: RedisClient,
  { key, layout }: Unseen,
  { live, segments, seen }: Known,
): Promise<readonly CachedVersion[]> {
  if ((await countFound(client, key, layout, segments)) === live.size) return [];
  const unstamped: CachedVersion[] = [];
  for (const segment of segments) {
    const ids = texts(await client.send(['HKEYS', versionedRecordsKey(key, layout, segment)]), 'HKEYS');
    const lost = ids.filter((id) => !live.has(id) && !seen.has(id));
    unstamped.push(...lost.map((record) => ({ record, stamp: OLDEST_STAMP })));
  }
  return unstamped;
}
