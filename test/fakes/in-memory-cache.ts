import { planPages } from '../../lib/adapters/upstash/apply-pages.ts';
import {
  type ConnectionCycle,
  connectionKey,
  type Locator,
  metaKey,
  parseConnectionCycle,
  parseLocator,
  type StreamLayout,
  scanKey,
  stampsKey,
  versionedRecordsKey,
} from '../../lib/domain/cache-layout.ts';
import type { Instant } from '../../lib/domain/instant.ts';
import { type PartitionKey, partitionKey, type StreamKey } from '../../lib/domain/names.ts';
import { OLDEST_STAMP, parseStamp } from '../../lib/domain/stamp.ts';
import { readStoredStamp, type StoredStamp } from '../../lib/domain/stored-stamp.ts';
import type { Cache, Copied, CopyRequest, Restated } from '../../lib/ports/cache.ts';
import type { ApplyReply, ApplyRequest, Moved } from '../../lib/ports/cache-apply.ts';
import type {
  CachedEntry,
  CachedRecord,
  CachedVersion,
  Examination,
  PartitionDigests,
  SweptVersion,
} from '../../lib/ports/cache-entries.ts';
import { InMemoryApply } from './in-memory-apply.ts';
import { InMemoryAudits } from './in-memory-audits.ts';
import { InMemoryKeys } from './in-memory-keys.ts';
import { InMemoryLocators, without } from './in-memory-locators.ts';
import { InMemorySweeps } from './in-memory-sweeps.ts';

/** The cache's rules without a Redis, over the same keys, so that tests can read, lose and spoil what it holds. */
export class InMemoryCache implements Cache {
  readonly keys: InMemoryKeys;
  /** Commands a Redis would have billed so far. */
  commands = 0;
  /** Records that one page of a copy takes. */
  copiedAtOnce = 1_000;
  readonly #sweeps: InMemorySweeps;

  constructor(keys = new InMemoryKeys()) {
    this.keys = keys;
    this.#sweeps = new InMemorySweeps(keys);
  }

  metered(): InMemoryCache {
    return new InMemoryCache(this.keys);
  }

  async apply(request: ApplyRequest): Promise<ApplyReply> {
    const { pages, tooLarge } = planPages(request);
    const total = { added: 0, updated: 0, unchanged: 0, superseded: 0, removed: 0, count: 0 };
    const movedFrom: Moved[] = [];
    let commands = 0;
    for (const [index, page] of pages.entries()) {
      const reply = new InMemoryApply(this.keys, request, page, index === 0 ? tooLarge : []).run();
      commands += reply.commands;
      this.commands += reply.commands;
      if (reply.outcome !== 'applied') return { outcome: reply.outcome, commands };
      total.added += reply.added;
      total.updated += reply.updated;
      total.unchanged += reply.unchanged;
      total.superseded += reply.superseded;
      total.removed += reply.removed;
      total.count = reply.count;
      movedFrom.push(...reply.movedFrom);
    }
    return { outcome: 'applied', ...total, movedFrom, tooLarge, commands };
  }

  async unseen(
    key: PartitionKey,
    run: string,
    startOrder: number,
    expectedSeen: number,
    layout: StreamLayout,
  ): Promise<readonly CachedVersion[] | undefined> {
    this.commands += 3;
    const seen = new Set(this.keys.set(scanKey(key, run)));
    seen.delete('#begun');
    if (seen.size < expectedSeen) return undefined;
    const audits = new InMemoryAudits(this.keys, key, layout);
    const [stamps, bodies] = [audits.stamps(), audits.bodies()];
    const stamped = [...stamps].map(([record, { stamp }]) => ({ record, stamp }));
    const lost = [...bodies.keys()].filter((id) => !stamps.has(id)).map((record) => ({ record, stamp: OLDEST_STAMP }));
    return [...stamped, ...(bodies.size === stamped.length ? [] : lost)].filter(
      ({ record, stamp }) => !seen.has(record) && (parseStamp(stamp)?.order ?? 0) < startOrder,
    );
  }

  async witness(key: PartitionKey, run: string): Promise<string | undefined> {
    this.commands += 1;
    return [...this.keys.set(scanKey(key, run))].find((member) => member !== '#begun');
  }

  async forgetScan(key: PartitionKey, run: string): Promise<void> {
    this.commands += 1;
    this.keys.drop(scanKey(key, run));
  }

  async count(key: PartitionKey, layout: StreamLayout): Promise<number> {
    const segments = new InMemoryAudits(this.keys, key, layout).segments();
    this.commands += layout.segmented === true ? 2 + segments.length : 1;
    const counts = segments.map((segment) => this.keys.hash(versionedRecordsKey(key, layout, segment)).size);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async digests(key: PartitionKey, layout: StreamLayout): Promise<PartitionDigests | undefined> {
    const audits = new InMemoryAudits(this.keys, key, layout);
    this.commands += 1 + audits.segments().length;
    return audits.digests();
  }

  async storedStamps(key: PartitionKey, records: readonly string[]): Promise<ReadonlyMap<string, StoredStamp>> {
    this.commands += records.length > 0 ? 1 : 0;
    const stored = this.keys.hash(stampsKey(key));
    const texts = records.map((record) => [record, stored.get(record)] as const);
    return new Map(texts.flatMap(([record, text]) => (text === undefined ? [] : [[record, readStoredStamp(text)]])));
  }

  async stamps(key: PartitionKey, layout: StreamLayout): Promise<ReadonlyMap<string, StoredStamp>> {
    this.commands += 1;
    return new InMemoryAudits(this.keys, key, layout).stamps();
  }

  async examine(
    key: PartitionKey,
    layout: StreamLayout,
    { sample }: { readonly sample?: number },
  ): Promise<Examination> {
    this.commands += 5;
    return new InMemoryAudits(this.keys, key, layout).examine(sample);
  }

  async restate(key: PartitionKey, layout: StreamLayout, fence: number): Promise<Restated> {
    const restated = new InMemoryAudits(this.keys, key, layout).restate(fence);
    this.commands += restated.commands;
    return restated;
  }

  async copy({ key, layout, to, fence, cursor }: CopyRequest): Promise<Copied> {
    const billed = (copied: Copied): Copied => {
      this.commands += copied.commands;
      return copied;
    };
    const stored = this.keys.hash(stampsKey(key)).get('#fence');
    if (stored !== undefined && Number(stored) > fence) return billed({ outcome: 'fenced', commands: 2 });
    const segments = new InMemoryAudits(this.keys, key, layout).segments();
    const keyOf = (segment: string, version = layout.version) =>
      versionedRecordsKey(key, { ...layout, version }, segment);
    if (cursor === undefined) for (const segment of segments) this.keys.drop(keyOf(segment, to));
    const first = cursor === undefined ? 1 : 0;
    if (stored === undefined) return billed({ outcome: 'lost', commands: 2 + first });
    this.keys.setField(stampsKey(key), '#fence', String(fence));
    const bodies = segments.flatMap((segment) => {
      const ids = [...this.keys.hash(keyOf(segment)).keys()].toSorted();
      return ids.map((id) => ({ id, segment, place: JSON.stringify([segment, id]) }));
    });
    const left = bodies.filter(({ place }) => cursor === undefined || place > cursor);
    const page = left.slice(0, this.copiedAtOnce);
    for (const { id, segment } of page) {
      this.keys.setField(keyOf(segment, to), id, this.keys.hash(keyOf(segment)).get(id) ?? '');
    }
    const commands = 3 + first + (Number(stored) === fence ? 0 : 1) + (page.length > 0 ? 1 : 0);
    const next = page.length < left.length ? page.at(-1)?.place : undefined;
    if (next !== undefined) return billed({ outcome: 'copied', next, whole: false, commands });
    const copied = segments.reduce((sum, segment) => sum + this.keys.hash(keyOf(segment, to)).size, 0);
    return billed({ outcome: 'copied', whole: bodies.length === copied, commands: commands + 2 });
  }

  async dropCopy({ key, layout, to, fence }: Omit<CopyRequest, 'cursor'>): Promise<boolean> {
    this.commands += 5;
    const stored = this.keys.hash(stampsKey(key)).get('#fence');
    if (stored !== undefined && Number(stored) > fence) return false;
    for (const segment of new InMemoryAudits(this.keys, key, layout).segments()) {
      this.keys.drop(versionedRecordsKey(key, { ...layout, version: to }, segment));
    }
    return true;
  }

  async rememberSwept(stream: StreamKey, run: string, page: number, versions: readonly SweptVersion[]): Promise<void> {
    this.commands += page === 0 ? 2 : 1;
    this.#sweeps.remember(stream, run, page, versions);
  }

  async swept(
    stream: StreamKey,
    run: string,
    pages: number,
    partition: string,
  ): Promise<ReadonlyMap<string, Instant> | undefined> {
    this.commands += 1;
    return this.#sweeps.swept(stream, run, pages, partition);
  }

  async forgetSwept(stream: StreamKey, run: string): Promise<void> {
    this.commands += 1;
    this.#sweeps.forget(stream, run);
  }

  async sample(key: PartitionKey, layout: StreamLayout, most: number): Promise<readonly string[]> {
    this.commands += 1;
    const audits = new InMemoryAudits(this.keys, key, layout);
    return [...(layout.segmented === true ? audits.stamps() : audits.bodies()).keys()].slice(0, most);
  }

  async inspect(key: PartitionKey, layout: StreamLayout, record: string): Promise<CachedEntry> {
    this.commands += layout.locators ? 3 : 2;
    return new InMemoryAudits(this.keys, key, layout).inspect(record);
  }

  async *pages(key: PartitionKey, layout: StreamLayout): AsyncGenerator<readonly CachedRecord[], void, void> {
    for (const segment of new InMemoryAudits(this.keys, key, layout).segments()) {
      this.commands += 2;
      const stamps = this.keys.hash(stampsKey(key));
      yield [...this.keys.hash(versionedRecordsKey(key, layout, segment))].map(([id, body]) => {
        const text = stamps.get(id);
        return { id, body, ...(text === undefined ? {} : { stored: readStoredStamp(text) }) };
      });
    }
  }

  async locate(stream: StreamKey, record: string): Promise<Locator | undefined> {
    this.commands += 1;
    const text = new InMemoryLocators(this.keys, stream).text(record);
    return text === undefined ? undefined : parseLocator(text);
  }

  async locateAll(stream: StreamKey, records: readonly string[]): Promise<ReadonlyMap<string, Locator>> {
    this.commands += records.length > 0 ? 1 : 0;
    const locators = new InMemoryLocators(this.keys, stream);
    const located = records.map((record) => [record, parseLocator(locators.text(record) ?? '')] as const);
    return new Map(located.flatMap(([record, at]) => (at === undefined ? [] : [[record, at] as const])));
  }

  async drop(
    key: PartitionKey,
    layout: StreamLayout,
    fence: number,
  ): Promise<{ readonly outcome: 'dropped'; readonly removed: number } | { readonly outcome: 'fenced' }> {
    this.commands += 4;
    const stamps = this.keys.hash(stampsKey(key));
    if (Number(stamps.get('#fence') ?? 0) > fence) return { outcome: 'fenced' };
    const told = Number(stamps.get('#layout') ?? layout.version);
    const audits = new InMemoryAudits(this.keys, key, { ...layout, version: told, segmented: true });
    const [bodies, segments] = [audits.bodies(), audits.segments()];
    const removed = Math.max(
      ...[layout.version, told].map((version) =>
        segments.reduce(
          (sum, segment) => sum + this.keys.hash(versionedRecordsKey(key, { ...layout, version }, segment)).size,
          0,
        ),
      ),
    );
    const locators = new InMemoryLocators(this.keys, key);
    for (const id of new Set([...stamps.keys(), ...bodies.keys()])) {
      const at = locators.of(id);
      if (at === undefined) continue;
      if (at.partition === key.partition) locators.drop(id);
      else locators.set(id, { ...at, from: without(at.from, key.partition) });
    }
    for (const version of [layout.version, told]) {
      for (const segment of segments) this.keys.drop(versionedRecordsKey(key, { ...layout, version }, segment));
    }
    this.keys.drop(metaKey(layout.partitionKind, key.partition, key.stream));
    this.keys.drop(stampsKey(key));
    return { outcome: 'dropped', removed };
  }

  async partitionsHeld(stream: StreamKey): Promise<{ readonly partitions: readonly string[] }> {
    this.commands += 1;
    const prefix = stampsKey(partitionKey(stream, ''));
    const held = this.keys.names().filter((name) => name.startsWith(prefix));
    return { partitions: held.map((name) => name.slice(prefix.length)) };
  }

  async publishCycle(connection: string, cycle: ConnectionCycle): Promise<ConnectionCycle | undefined> {
    this.commands += 1;
    const before = this.keys.text(connectionKey(connection));
    this.keys.setText(connectionKey(connection), JSON.stringify(cycle));
    return before === undefined ? undefined : parseConnectionCycle(before);
  }
}
