import { sweepKey } from '../../domain/cache-layout.ts';
import { type Instant, instantFromMs } from '../../domain/instant.ts';
import type { StreamKey } from '../../domain/names.ts';
import { contentHash } from '../../domain/record.ts';
import type { SweptVersion } from '../../ports/cache-entries.ts';
import { cutPages } from './apply-pages.ts';
import type { RedisClient } from './redis-client.ts';
import { unexpectedReply } from './redis-failure.ts';
import { readFields } from './redis-scan.ts';

/** A sweep that has not ended by then begins anew. */
const SWEEP_MEMORY_SECONDS = 7 * 86_400;
/** Pages asked for at a time: of a single partition, a reply stays below a few megabytes. */
const PAGES_AT_ONCE = 1_000;
/** What every text of one page begins with, so that those of an earlier attempt at the page do not count. */
const MARK_LENGTH = 8;

/** Writes one page: the versions of each partition, and its marker with the last request. Pages count from 0. */
export async function rememberPage(
  client: RedisClient,
  stream: StreamKey,
  run: string,
  page: number,
  versions: readonly SweptVersion[],
): Promise<void> {
  const key = sweepKey(stream, run);
  const mark = contentHash(JSON.stringify(versions)).slice(0, MARK_LENGTH);
  const fields = [...fieldsOf(page, versions), [String(page), ''] as const];
  const pages = cutPages(fields, ([field, text]) => Buffer.byteLength(JSON.stringify(field + text)));
  for (const cut of pages) {
    const reply = await client.send(['HSET', key, ...cut.flatMap(([field, text]) => [field, mark + text])]);
    if (typeof reply !== 'number') throw unexpectedReply('HSET');
  }
  if (page === 0) await client.send(['EXPIRE', key, String(SWEEP_MEMORY_SECONDS)]);
}

/** Per partition a flat list of id and modified time: ids may hold any character. */
function fieldsOf(page: number, versions: readonly SweptVersion[]): readonly (readonly [string, string])[] {
  const byPartition = new Map<string, (string | number)[]>();
  for (const { record, partition, modified } of versions) {
    const list = byPartition.get(partition) ?? [];
    byPartition.set(partition, list);
    list.push(record, modified);
  }
  return Array.from(byPartition, ([partition, list]) => [`${page}:${partition}`, JSON.stringify(list)] as const);
}

/** What a sweep saw of one partition; `undefined` when the memory of any page is gone. */
export async function readSwept(
  client: RedisClient,
  stream: StreamKey,
  run: string,
  pages: number,
  partition: string,
): Promise<ReadonlyMap<string, Instant> | undefined> {
  const seen = new Map<string, Instant>();
  for (let start = 0; start < pages; start += PAGES_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(PAGES_AT_ONCE, pages - start) }, (_, index) => start + index);
    const fields = numbers.flatMap((page) => [String(page), `${page}:${partition}`]);
    const values = await readFields(client, sweepKey(stream, run), fields);
    for (let index = 0; index < values.length; index += 2) {
      const [mark, text] = values.slice(index, index + 2);
      if (mark === undefined) return undefined;
      if (text?.startsWith(mark)) addSeen(seen, text.slice(MARK_LENGTH));
    }
  }
  return seen;
}

function addSeen(seen: Map<string, Instant>, text: string): void {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) throw unexpectedReply('HMGET');
  for (let index = 0; index + 1 < list.length; index += 2) {
    const [record, modified]: readonly unknown[] = list.slice(index, index + 2);
    if (typeof record !== 'string' || typeof modified !== 'number') throw unexpectedReply('HMGET');
    const before = seen.get(record);
    if (before === undefined || before < modified) seen.set(record, instantFromMs(modified));
  }
}
