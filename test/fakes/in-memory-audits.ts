import {
  formatSegments,
  metaKey,
  NO_SEGMENT,
  parseLocator,
  parseSegments,
  type StreamLayout,
  stampsKey,
  versionedRecordsKey,
} from '../../lib/domain/cache-layout.ts';
import { BUCKETS, type BucketDigest, digestOf, formatBucket, parseBucket } from '../../lib/domain/digest.ts';
import type { PartitionKey } from '../../lib/domain/names.ts';
import { contentHash } from '../../lib/domain/record.ts';
import { parseStamp, type StampParts } from '../../lib/domain/stamp.ts';
import { isTombstone, readStoredStamp, type StoredStamp } from '../../lib/domain/stored-stamp.ts';
import type { Restated } from '../../lib/ports/cache.ts';
import type { CachedEntry, DamagedEntry, Examination, PartitionDigests } from '../../lib/ports/cache-entries.ts';
import type { InMemoryKeys } from './in-memory-keys.ts';
import { InMemoryLocators } from './in-memory-locators.ts';

/** What one partition holds, looked at from outside of any write. */
export class InMemoryAudits {
  readonly #keys: InMemoryKeys;
  readonly #key: PartitionKey;
  readonly #layout: StreamLayout;
  readonly #stamps: string;

  constructor(keys: InMemoryKeys, key: PartitionKey, layout: StreamLayout) {
    this.#keys = keys;
    this.#key = key;
    this.#layout = layout;
    this.#stamps = stampsKey(key);
  }

  /** That the partition may have records in, `NO_SEGMENT` first. */
  segments(): readonly string[] {
    const meta = metaKey(this.#layout.partitionKind, this.#key.partition, this.#key.stream);
    const told = this.#layout.segmented === true ? parseSegments(this.#keys.hash(meta).get('segments')) : [];
    return [NO_SEGMENT, ...parseSegments(formatSegments([...parseSegments(this.#own('segments')), ...told]))];
  }

  /** Per segment. */
  #bodiesIn(segment: string): ReadonlyMap<string, string> {
    return this.#keys.hash(versionedRecordsKey(this.#key, this.#layout, segment));
  }

  bodies(): ReadonlyMap<string, string> {
    return new Map(this.segments().flatMap((segment) => [...this.#bodiesIn(segment)]));
  }

  /** How many records readers find. */
  get #found(): number {
    return this.segments().reduce((sum, segment) => sum + this.#bodiesIn(segment).size, 0);
  }

  stamps(): ReadonlyMap<string, StoredStamp> {
    return new Map(this.#entries().filter(([, stored]) => !isTombstone(stored)));
  }

  digests(): PartitionDigests | undefined {
    if (this.#own('fence') === undefined) return undefined;
    return { count: Number(this.#own('count') ?? 0), found: this.#found, buckets: this.#buckets() };
  }

  /** Bodies by which a sample is chosen stand first to last: chance is for the real cache. */
  examine(sample: number | undefined): Examination {
    const stamps = this.stamps();
    const bodies = this.segments().flatMap((segment) =>
      [...this.#bodiesIn(segment)].map(([record, body]) => ({ record, body, segment })),
    );
    const digestsHold =
      Number(this.#own('count') ?? 0) === stamps.size && sameBuckets(this.#buckets(), digestOf(partsOf(stamps)));
    const all = sample === undefined || !digestsHold || stamps.size !== bodies.length || sample >= bodies.length;
    const compared = all ? bodies : bodies.slice(0, sample);
    const damaged = compared.flatMap(({ record, body, segment }): readonly DamagedEntry[] => {
      const stored = stamps.get(record);
      if (stored === undefined || !isIn(stored, segment)) return [{ record, damage: 'unstamped' }];
      return isIntact(stored.stamp, body) ? [] : [{ record, damage: 'altered' }];
    });
    const lost = [...stamps.keys()].filter((record) => !this.#isFound(record, stamps));
    const missing = lost.map((record): DamagedEntry => ({ record, damage: 'lost' }));
    return { compared: compared.length, damaged: all ? [...damaged, ...missing] : damaged, digestsHold };
  }

  /** Whether the body is where the stamp says. */
  #isFound(record: string, stamps: ReadonlyMap<string, StoredStamp>): boolean {
    const stored = stamps.get(record);
    return stored !== undefined && this.#bodiesIn(stored.segment ?? NO_SEGMENT).has(record);
  }

  restate(fence: number): Restated {
    const stored = this.#own('fence');
    const commands = 3 + 1 + parseSegments(this.#own('segments')).length;
    if (stored === undefined) return { outcome: 'lost', commands };
    if (Number(stored) > fence) return { outcome: 'fenced', commands };
    const before = this.stamps();
    const lost = [...before.keys()].filter((id) => !this.#isFound(id, before));
    for (const id of lost) this.#keys.dropField(this.#stamps, id);
    const stamps = this.stamps();
    this.#setOwn('fence', String(fence));
    this.#setOwn('count', String(stamps.size));
    for (const [bucket, digest] of digestOf(partsOf(stamps)).entries())
      this.#setOwn(`b${bucket}`, formatBucket(digest));
    const meta = metaKey(this.#layout.partitionKind, this.#key.partition, this.#key.stream);
    this.#keys.setField(meta, 'count', String(stamps.size));
    return { outcome: 'restated', count: stamps.size, commands: commands + (lost.length > 0 ? 3 : 2) };
  }

  inspect(record: string): CachedEntry {
    const text = this.#keys.hash(this.#stamps).get(record);
    const stored = text === undefined ? undefined : readStoredStamp(text);
    const live = this.stamps().get(record);
    const body =
      live === undefined ? this.bodies().get(record) : this.#bodiesIn(live.segment ?? NO_SEGMENT).get(record);
    const locator = this.#layout.locators ? new InMemoryLocators(this.#keys, this.#key).text(record) : undefined;
    const located = locator === undefined ? undefined : parseLocator(locator);
    return {
      ...(stored === undefined ? {} : { stored }),
      body: body === undefined ? 'absent' : isIntact(live?.stamp ?? '', body) ? 'intact' : 'altered',
      ...(located === undefined ? {} : { locator: located }),
    };
  }

  #entries(): readonly (readonly [string, StoredStamp])[] {
    const fields = [...this.#keys.hash(this.#stamps)].filter(([field]) => !field.startsWith('#'));
    return fields.map(([id, text]) => [id, readStoredStamp(text)]);
  }

  #own(name: string): string | undefined {
    return this.#keys.hash(this.#stamps).get(`#${name}`);
  }

  #setOwn(name: string, value: string): void {
    this.#keys.setField(this.#stamps, `#${name}`, value);
  }

  #buckets(): readonly BucketDigest[] {
    return Array.from({ length: BUCKETS }, (_, bucket) => parseBucket(this.#own(`b${bucket}`)));
  }
}

function isIn(stored: StoredStamp, segment: string): boolean {
  return (stored.segment ?? NO_SEGMENT) === segment;
}

function isIntact(stamp: string, body: string): boolean {
  return parseStamp(stamp)?.hash === contentHash(body);
}

function partsOf(stamps: ReadonlyMap<string, StoredStamp>): readonly (readonly [string, StampParts])[] {
  return [...stamps].flatMap(([id, { stamp }]) => {
    const parts = parseStamp(stamp);
    return parts === undefined ? [] : [[id, parts] as const];
  });
}

function sameBuckets(a: readonly BucketDigest[], b: readonly BucketDigest[]): boolean {
  return a.map(formatBucket).join() === b.map(formatBucket).join();
}
