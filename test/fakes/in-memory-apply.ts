import type { ApplyPage, PreparedRecord } from '../../lib/adapters/upstash/apply-pages.ts';
import { metaKey, NO_SEGMENT, scanKey } from '../../lib/domain/cache-layout.ts';
import { toIso } from '../../lib/domain/instant.ts';
import { formatStamp } from '../../lib/domain/stamp.ts';
import { isTombstone, type StoredStamp } from '../../lib/domain/stored-stamp.ts';
import type { ApplyRequest, Moved } from '../../lib/ports/cache-apply.ts';
import { InMemoryBodies } from './in-memory-bodies.ts';
import { InMemoryDepartures } from './in-memory-departures.ts';
import type { InMemoryKeys } from './in-memory-keys.ts';
import { InMemoryLocators, isIn, type Located, without } from './in-memory-locators.ts';
import { InMemoryStamps } from './in-memory-stamps.ts';
import { compare, parts, readLater } from './stamp-order.ts';

/** One page applied to one partition: the rules of the cache's script, written down a second time. */
export class InMemoryApply {
  readonly #keys: InMemoryKeys;
  readonly #request: ApplyRequest;
  readonly #page: ApplyPage;
  readonly #alsoSeen: readonly string[];
  readonly #here: string;
  readonly #bodies: InMemoryBodies;
  readonly #stamps: InMemoryStamps;
  readonly #locators: InMemoryLocators;
  readonly #departures: InMemoryDepartures;
  readonly #counts = { added: 0, updated: 0, unchanged: 0, superseded: 0 };
  #commands = 2;

  constructor(keys: InMemoryKeys, request: ApplyRequest, page: ApplyPage, alsoSeen: readonly string[]) {
    const { key } = request;
    this.#keys = keys;
    this.#request = request;
    this.#page = page;
    this.#alsoSeen = alsoSeen;
    this.#here = key.partition;
    this.#bodies = new InMemoryBodies(keys, request);
    this.#stamps = new InMemoryStamps(keys, key);
    this.#locators = new InMemoryLocators(keys, key);
    this.#departures = new InMemoryDepartures(request, this.#bodies, this.#stamps, this.#locators);
  }

  run() {
    const { fence, create } = this.#request;
    const stored = this.#stamps.own('fence');
    if (stored === undefined && !create) return { outcome: 'lost' as const, commands: this.#commands };
    if (stored !== undefined && Number(stored) > fence) return { outcome: 'fenced' as const, commands: this.#commands };
    const { records, removals, forgotten, left, included } = this.#page;
    const leaving = [...removals, ...forgotten, ...left].map(([id]) => id);
    const ids = [...records.map(({ id }) => id), ...leaving, ...included];
    // What has to be named besides is told by calls that do nothing else.
    this.#commands += this.#callsThatLack();
    if (this.#request.layout.locators && ids.length > 0) this.#commands += 1;
    const locators = new Map(ids.map((id) => [id, this.#locators.text(id)]));
    this.#countBodiesRead();
    const before = this.#stamps.count;
    const segments = new Map(ids.map((id) => [id, this.#stamps.segmentOf(id)]));
    const here = new Set(records.filter((record) => this.#apply(record)).map(({ id }) => id));
    this.#bodies.settle((id) => segments.get(id));
    for (const removal of removals) this.#departures.remove(removal, false);
    const elsewhere = [
      ...forgotten.flatMap((removal) => this.#departures.remove(removal, true)),
      ...left.flatMap(([id, leaving]) => this.#departures.depart(id, leaving)),
    ];
    for (const id of included) this.#departures.include(id);
    this.#remember();
    this.#stamps.settle();
    this.#tell(before);
    if (ids.some((id) => this.#locators.text(id) !== locators.get(id))) this.#commands += 1;
    this.#commands += [this.#stamps.wrote, this.#departures.leftStamps].filter(Boolean).length;
    if (this.#leavesOther) this.#bodies.dropOther(this.#page.records.map(({ segment }) => segment));
    const movedFrom = [...[...here].flatMap((id) => this.#moves(id)), ...elsewhere];
    const { count } = this.#stamps;
    const { commands, removed } = this.#bodies;
    const counts = { ...this.#counts, removed, count, commands: this.#commands + commands };
    return { outcome: 'applied' as const, ...counts, movedFrom };
  }

  get #leavesOther(): boolean {
    return this.#request.beside?.becomes === 'dropped' && this.#page.last;
  }

  /** Commands of calls that lack segments in which records are, or may be, stored, and that no record of the page names. */
  #callsThatLack(): number {
    if (!this.#bodies.cut) return 0;
    const { records, removals, forgotten, left, included } = this.#page;
    const named = new Set([NO_SEGMENT, ...records.map(({ segment }) => segment)]);
    const lacks = (segment: string | undefined) => segment !== undefined && !named.has(segment);
    const expelled = [...removals, ...forgotten].map(([id]) => this.#stamps.segmentOf(id));
    const others = [...records.map(({ id }) => id), ...left.map(([id]) => id), ...included].map((id) =>
      this.#stamps.segmentOf(id),
    );
    const all = this.#leavesOther || expelled.includes(undefined) ? this.#bodies.known : [];
    const lacking = [...expelled, ...others, ...all].filter(lacks);
    for (const segment of lacking) if (segment !== undefined) named.add(segment);
    const lost = left.some(([id]) => this.#stamps.segmentOf(id) === undefined && isIn(this.#locatorOf(id), this.#here));
    const call = 2 + this.#bodies.commands;
    // By then its locator was read.
    return (lacking.length > 0 ? call : 0) + (lost && this.#bodies.known.some(lacks) ? call + 1 : 0);
  }

  #countBodiesRead(): void {
    const same = ({ id, stamp, segment }: PreparedRecord) => {
      const stored = this.#stamps.live(id);
      const { keep } = this.#request;
      const read = stored !== undefined && (keep || compare(stamp, stored) === 'same');
      return read && this.#stamps.segmentOf(id) === segment;
    };
    if (!this.#request.verify && !this.#request.keep) return;
    this.#commands += new Set(this.#page.records.filter(same).map(({ segment }) => segment)).size;
  }

  /** @returns whether the record belongs here now */
  #apply(record: PreparedRecord): boolean {
    const at = this.#locatorOf(record.id);
    const stored = this.#stamps.of(record.id);
    const forgotten = stored !== undefined && isTombstone(stored) && compare(record.stamp, stored.stamp) !== 'newer';
    if (forgotten || (at !== undefined && !this.#getsPast(record.stamp, at))) {
      this.#counts.superseded += 1;
      return false;
    }
    this.#write(record);
    if (!this.#request.layout.locators) return true;
    const others = without(at?.from ?? [], this.#here);
    const leaves = at !== undefined && at.gone === undefined && at.partition !== this.#here;
    const { stamp = '', segment }: Partial<StoredStamp> = this.#stamps.of(record.id) ?? {};
    this.#locators.set(record.id, {
      partition: this.#here,
      stamp,
      ...(segment === undefined ? {} : { segment }),
      from: leaves ? [...others, at.partition] : others,
    });
    return true;
  }

  #getsPast(stamp: string, at: Located): boolean {
    if (at.gone !== undefined) return compare(stamp, at.stamp) === 'newer';
    if (compare(stamp, at.stamp) === 'older') return false;
    return at.partition === this.#here || readLater(stamp, at.stamp);
  }

  #write({ id, stamp, body, segment }: PreparedRecord): void {
    const stored = this.#stamps.live(id);
    const storedBody = this.#bodies.of(id, segment);
    const order = stored === undefined ? 'newer' : compare(stamp, stored);
    const { keep = false, verify } = this.#request;
    if (keep && stored !== undefined && storedBody !== undefined && this.#stamps.segmentOf(id) === segment) {
      if (parts(stamp).modified >= parts(stored).modified) {
        this.#rise(id, stamp, stored);
        return;
      }
    }
    if (order === 'older') {
      this.#counts.superseded += 1;
      return;
    }
    const elsewhere = stored !== undefined && this.#stamps.segmentOf(id) !== segment;
    if (order === 'same' && !elsewhere && (!(verify || keep) || storedBody === body)) {
      this.#counts.unchanged += 1;
      return;
    }
    const known = order === 'same' ? storedBody !== undefined : stored !== undefined;
    this.#counts[order === 'same' && elsewhere ? 'unchanged' : known ? 'updated' : 'added'] += 1;
    this.#bodies.put(id, { segment, body });
    const later = stored === undefined || order === 'newer' || readLater(stamp, stored);
    const { path, meta } = this.#request;
    const within = segment === NO_SEGMENT ? {} : { segment };
    this.#stamps.set(id, { stamp: later ? stamp : stored, path, at: meta.lastSync, ...within });
  }

  /** The version that the source shows, with the contents that are here. */
  #rise(id: string, stamp: string, stored: string): void {
    this.#counts.unchanged += 1;
    const [shown, known] = [parts(stamp), parts(stored)];
    if (shown.modified === known.modified) return;
    const { path, meta } = this.#request;
    const segment = this.#stamps.segmentOf(id);
    const within = segment === undefined || segment === NO_SEGMENT ? {} : { segment };
    this.#stamps.set(id, { stamp: formatStamp({ ...shown, hash: known.hash }), path, at: meta.lastSync, ...within });
  }

  #remember(): void {
    const { scan, key } = this.#request;
    const ids = [...this.#page.records.map(({ id }) => id), ...this.#alsoSeen];
    if (scan === undefined || ids.length === 0) return;
    this.#commands += this.#keys.set(scanKey(key, scan)).size === 0 ? 2 : 1;
    for (const id of ['#begun', ...ids]) this.#keys.addMember(scanKey(key, scan), id);
  }

  #tell(countBefore: number): void {
    const { meta, key, layout, fence } = this.#request;
    const created = this.#stamps.own('fence') === undefined;
    const applied = Math.max(meta.applied ?? 0, Number(this.#stamps.own('applied') ?? 0));
    const told = {
      layout: String(layout.version),
      loaded: meta.loaded === 'as-told' ? (this.#stamps.own('loaded') ?? 'true') : String(meta.loaded),
      pending: String(meta.pending),
      ...(meta.watermark === undefined ? {} : { watermark: toIso(meta.watermark) }),
      ...(meta.applied === undefined ? {} : { applied: String(applied) }),
    };
    const segments = this.#bodies.end();
    const values = [
      ...(segments === '' ? [] : [['segments', segments] as const]),
      ...(this.#page.last ? Object.entries(told) : []),
    ];
    const { count } = this.#stamps;
    const news =
      this.#bodies.wrote ||
      this.#bodies.removed > 0 ||
      created ||
      count !== countBefore ||
      values.some(([name, value]) => this.#stamps.own(name) !== value);
    for (const [name, value] of [['fence', String(fence)], ['count', String(count)], ...values] as const) {
      this.#stamps.setOwn(name, value);
    }
    if (!news) return;
    this.#commands += 1;
    const lines = [['count', String(count)], ['last_sync', toIso(meta.lastSync)], ...values] as const;
    for (const [name, value] of lines)
      this.#keys.setField(metaKey(layout.partitionKind, key.partition, key.stream), name, value);
  }

  #moves(record: string): readonly Moved[] {
    const at = this.#locatorOf(record);
    if (at === undefined || at.partition !== this.#here || at.gone !== undefined) return [];
    return at.from.map((from) => ({ record, from, stamp: at.stamp }));
  }

  #locatorOf(id: string): Located | undefined {
    return this.#request.layout.locators ? this.#locators.of(id) : undefined;
  }
}
