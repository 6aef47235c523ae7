import {
  CACHE_LAYOUT,
  type Locator,
  NO_SEGMENT,
  type StreamLayout,
  versionedRecordsKey,
} from '../../lib/domain/cache-layout.ts';
import { bucketOf } from '../../lib/domain/digest.ts';
import { parseStoredStamp, type StoredStamp, writeMark } from '../../lib/domain/stored-stamp.ts';
import type { Cache } from '../../lib/ports/cache.ts';
import type { CachedEntry } from '../../lib/ports/cache-entries.ts';
import type { CacheHarness } from './cache-harness.ts';
import { A, B, LAYOUT, metaOf, stampsOf } from './cache-requests.ts';

const SEGMENTS = ['2025-01', '2025-02', '2026-01'];

function segmentOf(id: string): string {
  return SEGMENTS[bucketOf(id) % SEGMENTS.length] ?? NO_SEGMENT;
}

/**
 * The same cache, with every stream in segments, which nothing that is asked of it shows: whatever holds without segments
 * has to hold with them, but for what it costs.
 */
export function inSegments(harness: CacheHarness): CacheHarness {
  return {
    ...harness,
    cache: hideSegments(harness.cache),
    segmented: true,
    hash: async (key) => {
      const hashes = await Promise.all(keysBehind(key).map((name) => harness.hash(name)));
      return withoutSegments(key, hashes.flatMap(Object.entries<string>));
    },
    text: async (key) => (await harness.text(key))?.replace(/,"segment":"[^"]*"/, ''),
    setField: (key, field, value) => harness.setField(keyBehind(key, field), field, value),
    dropField: (key, field) => harness.dropField(keyBehind(key, field), field),
    drop: async (key) => {
      for (const name of keysBehind(key)) await harness.drop(name);
    },
  };
}

const STAMPS: ReadonlySet<string> = new Set([A, B].map(stampsOf));
const METAS: ReadonlySet<string> = new Set([A, B].map(metaOf));
const RECORDS = new Map(
  [A, B].flatMap((key) =>
    [CACHE_LAYOUT, 2].map((version) => {
      const layout = { ...LAYOUT, version };
      return [
        versionedRecordsKey(key, layout),
        (segment: string) => versionedRecordsKey(key, layout, segment),
      ] as const;
    }),
  ),
);

function keyBehind(key: string, id: string): string {
  return RECORDS.get(key)?.(segmentOf(id)) ?? key;
}

function keysBehind(key: string): readonly string[] {
  const inSegment = RECORDS.get(key);
  return inSegment === undefined ? [key] : [key, ...SEGMENTS.map(inSegment)];
}

function withoutSegments(
  key: string,
  fields: readonly (readonly [string, string])[],
): Readonly<Record<string, string>> {
  const left = fields.filter(
    ([name]) => !(METAS.has(key) && name === 'segments') && !(STAMPS.has(key) && name === '#segments'),
  );
  if (!STAMPS.has(key)) return Object.fromEntries(left);
  return Object.fromEntries(left.map(([name, text]) => [name, withoutSegment(text)]));
}

function withoutSegment(text: string): string {
  const stored = parseStoredStamp(text);
  return stored === undefined ? text : stored.stamp + writeMark(stored.path, stored.at);
}

function hideSegments(cache: Cache): Cache {
  const cut = (layout: StreamLayout): StreamLayout => ({ ...layout, segmented: true });
  const hidden: Partial<Cache> = {
    apply: (request) =>
      cache.apply({
        ...request,
        layout: cut(request.layout),
        records: request.records.map((record) => ({ ...record, segment: segmentOf(record.id) })),
      }),
    unseen: (key, run, startOrder, expectedSeen, layout) =>
      cache.unseen(key, run, startOrder, expectedSeen, cut(layout)),
    count: (key, layout) => cache.count(key, cut(layout)),
    digests: (key, layout) => cache.digests(key, cut(layout)),
    stamps: async (key, layout) =>
      new Map(Array.from(await cache.stamps(key, cut(layout)), ([id, stored]) => [id, hide(stored)])),
    storedStamps: async (key, ids) =>
      new Map(Array.from(await cache.storedStamps(key, ids), ([id, stored]) => [id, hide(stored)])),
    examine: (key, layout, options) => cache.examine(key, cut(layout), options),
    restate: (key, layout, fence) => cache.restate(key, cut(layout), fence),
    copy: (request) => cache.copy({ ...request, layout: cut(request.layout) }),
    dropCopy: (request) => cache.dropCopy({ ...request, layout: cut(request.layout) }),
    pages: (key, layout) => cache.pages(key, cut(layout)),
    sample: (key, layout, most) => cache.sample(key, cut(layout), most),
    inspect: async (key, layout, record) => hideIn(await cache.inspect(key, cut(layout), record)),
    locate: async (stream, record) => {
      const at = await cache.locate(stream, record);
      return at === undefined ? undefined : hideAt(at);
    },
    locateAll: async (stream, ids) =>
      new Map(Array.from(await cache.locateAll(stream, ids), ([id, at]) => [id, hideAt(at)])),
    drop: (key, layout, fence) => cache.drop(key, cut(layout), fence),
  };
  return new Proxy(cache, {
    get: (target, name) => {
      const own: unknown = Reflect.get(hidden, name) ?? Reflect.get(target, name);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}

function hide({ stamp, path, at }: StoredStamp): StoredStamp {
  return { stamp, path, at };
}

function hideAt({ partition, stamp, gone }: Locator): Locator {
  return { partition, stamp, ...(gone === undefined ? {} : { gone }) };
}

function hideIn({ stored, locator, ...rest }: CachedEntry): CachedEntry {
  return {
    ...rest,
    ...(stored === undefined ? {} : { stored: hide(stored) }),
    ...(locator === undefined ? {} : { locator: hideAt(locator) }),
  };
}
