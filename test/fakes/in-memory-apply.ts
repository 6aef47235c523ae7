import type { ApplyPage, PreparedRecord, Removal } from '../../lib/adapters/upstash/apply-pages.ts';
import { metaKey, scanKey, versionedRecordsKey } from '../../lib/domain/cache-layout.ts';
import { toIso } from '../../lib/domain/instant.ts';
import { compareStamps, parseStamp, type StampComparison, type StampParts } from '../../lib/domain/stamp.ts';
import { isTombstone } from '../../lib/domain/stored-stamp.ts';
import type { ApplyRequest, Left, Moved } from '../../lib/ports/cache.ts';
import type { InMemoryKeys } from './in-memory-keys.ts';
import { InMemoryLocators, type Located, without } from './in-memory-locators.ts';
import { InMemoryStamps } from './in-memory-stamps.ts';

/** One page applied to one partition: the rules of the cache's script, written down a second time. */
export class InMemoryApply {
  readonly #keys: InMemoryKeys;
  readonly #request: ApplyRequest;
  readonly #page: ApplyPage;
  readonly #alsoSeen: readonly string[];
  readonly #here: string;
  readonly #records: string;
  readonly #mirror: string | undefined;
  readonly #stamps: InMemoryStamps;
  readonly #locators: InMemoryLocators;
  readonly #counts = { added: 0, updated: 0, unchanged: 0, superseded: 0, removed: 0 };
  readonly #left = { bodies: false, stamps: false };
  #wroteBodies = false;
  #commands = 2;

  constructor(keys: InMemoryKeys, request: ApplyRequest, page: ApplyPage, alsoSeen: readonly string[]) {
    const { key, layout } = request;
    this.#keys = keys;
    this.#request = request;
    this.#page = page;
    this.#alsoSeen = alsoSeen;
    this.#here = key.partition;
    this.#records = versionedRecordsKey(key, layout);
    this.#mirror = request.beside?.becomes === 'written' ? this.#besideKey() : undefined;
    this.#stamps = new InMemoryStamps(keys, key);
    this.#locators = new InMemoryLocators(keys, key);
  }

  run() {
    const { fence, create } = this.#request;
    const stored = this.#stamps.own('fence');
    if (stored === undefined && !create) return { outcome: 'lost' as const, commands: this.#commands };
    if (stored !== undefined && Number(stored) > fence) return { outcome: 'fenced' as const, commands: this.#commands };
    const { records, removals, forgotten, left } = this.#page;
    const ids = [...records.map(({ id }) => id), ...[...removals, ...forgotten, ...left].map(([id]) => id)];
    if (this.#request.layout.locators && ids.length > 0) this.#commands += 1;
    const locators = new Map(ids.map((id) => [id, this.#locators.text(id)]));
    this.#countBodiesRead();
    const before = this.#stamps.count;
    const here = new Set(records.filter((record) => this.#apply(record)).map(({ id }) => id));
    for (const removal of removals) this.#remove(removal, false);
    for (const removal of forgotten) this.#remove(removal, true);
    const elsewhere = left.flatMap(([id, leaving]) => this.#depart(id, leaving));
    this.#remember();
    this.#stamps.settle();
    this.#tell(before);
    if (ids.some((id) => this.#locators.text(id) !== locators.get(id))) this.#commands += 1;
    const wrote = [this.#wroteBodies, this.#stamps.wrote, this.#left.bodies, this.#left.stamps];
    this.#commands += wrote.filter(Boolean).length;
    if (this.#mirror !== undefined) this.#commands += [this.#wroteBodies, this.#left.bodies].filter(Boolean).length;
    this.#leaveOther();
    const movedFrom = [...[...here].flatMap((id) => this.#moves(id)), ...elsewhere];
    const { count } = this.#stamps;
    return { outcome: 'applied' as const, ...this.#counts, movedFrom, count, commands: this.#commands };
  }

  #besideKey(): string {
    const { key, layout, beside } = this.#request;
    return versionedRecordsKey(key, { ...layout, version: beside?.version ?? layout.version });
  }

  #leaveOther(): void {
    if (this.#request.beside?.becomes !== 'dropped' || !this.#page.last) return;
    this.#keys.drop(this.#besideKey());
    this.#commands += 1;
  }

  #countBodiesRead(): void {
    const same = ({ id, stamp }: PreparedRecord) => {
      const stored = this.#stamps.live(id);
      return stored !== undefined && compare(stamp, stored) === 'same';
    };
    if (this.#request.verify && this.#page.records.some(same)) this.#commands += 1;
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
    const stamp = this.#stamps.live(record.id) ?? '';
    this.#locators.set(record.id, { partition: this.#here, stamp, from: leaves ? [...others, at.partition] : others });
    return true;
  }

  #getsPast(stamp: string, at: Located): boolean {
    if (at.gone !== undefined) return compare(stamp, at.stamp) === 'newer';
    if (compare(stamp, at.stamp) === 'older') return false;
    return at.partition === this.#here || readLater(stamp, at.stamp);
  }

  #write({ id, stamp, body }: PreparedRecord): void {
    const stored = this.#stamps.live(id);
    const storedBody = this.#keys.hash(this.#records).get(id);
    const order = stored === undefined ? 'newer' : compare(stamp, stored);
    if (order === 'older') {
      this.#counts.superseded += 1;
      return;
    }
    if (order === 'same' && (!this.#request.verify || storedBody === body)) {
      this.#counts.unchanged += 1;
      return;
    }
    const known = order === 'same' ? storedBody !== undefined : stored !== undefined;
    this.#counts[known ? 'updated' : 'added'] += 1;
    this.#keys.setField(this.#records, id, body);
    if (this.#mirror !== undefined) this.#keys.setField(this.#mirror, id, body);
    this.#wroteBodies = true;
    const later = stored === undefined || order === 'newer' || readLater(stamp, stored);
    this.#stamps.set(id, { stamp: later ? stamp : stored, path: this.#request.path, at: this.#request.meta.lastSync });
  }

  #remove([id, limit]: Removal, forget: boolean): void {
    const live = this.#stamps.live(id);
    if (live !== undefined && compare(live, limit) === 'newer') return;
    const stored = this.#stamps.of(id);
    const stamp = stored !== undefined && readLater(stored.stamp, limit) ? stored.stamp : limit;
    this.#drop(id);
    if (!forget) {
      if (this.#stamps.drop(id)) this.#left.stamps = true;
    } else if (stored === undefined || !isTombstone(stored) || stored.stamp !== stamp) {
      this.#stamps.set(id, { stamp, path: 'forgotten', at: this.#request.meta.lastSync });
    }
    if (this.#request.layout.locators) this.#leave(id, forget ? stamp : live, forget);
  }

  /** @returns where else it still is */
  #depart(id: string, { stamp, lasting }: Left): readonly Moved[] {
    const stored = this.#stamps.of(id);
    const live = this.#stamps.live(id);
    if (live !== undefined && compare(live, stamp) === 'newer') return [];
    const at = this.#locatorOf(id);
    const belongs = at !== undefined && at.partition === this.#here && at.gone === undefined;
    if (live !== undefined || belongs) this.#drop(id);
    const moved = at !== undefined && at.gone === undefined && !belongs;
    const buried = stored !== undefined && live === undefined;
    const plain = !this.#request.layout.locators;
    if ((plain && (live !== undefined || lasting || buried)) || (moved && lasting)) {
      if (!buried || compare(stamp, stored.stamp) === 'newer')
        this.#stamps.set(id, { stamp, path: 'gone', at: this.#request.meta.lastSync });
    } else if (this.#stamps.drop(id)) this.#left.stamps = true;
    if (plain) return [];
    if (moved) {
      this.#locators.set(id, { ...at, from: without(at.from, this.#here) });
      return compare(at.stamp, stamp) === 'newer' ? [] : [{ record: id, from: at.partition, stamp }];
    }
    if (at !== undefined || live !== undefined || lasting) this.#bury(id, stamp, at);
    return [];
  }

  #bury(id: string, stamp: string, at: Located | undefined): void {
    const rises = at?.gone === undefined || compare(stamp, at.stamp) === 'newer';
    this.#locators.set(id, {
      partition: at?.partition ?? this.#here,
      stamp: rises ? stamp : at.stamp,
      from: without(at?.from ?? [], this.#here),
      gone: at?.gone ?? toIso(this.#request.meta.lastSync),
    });
  }

  #drop(id: string): void {
    this.#left.bodies = true;
    if (this.#mirror !== undefined) this.#keys.dropField(this.#mirror, id);
    if (this.#keys.dropField(this.#records, id)) this.#counts.removed += 1;
  }

  /** @param stamp what was here, or is to be forgotten: the tombstone must not outrank a record that is elsewhere */
  #leave(id: string, stamp: string | undefined, forget: boolean): void {
    const fresh: Located | undefined =
      forget && stamp !== undefined ? { partition: this.#here, stamp, from: [] } : undefined;
    const at = this.#locators.of(id) ?? fresh;
    if (at === undefined) return;
    const from = without(at.from, this.#here);
    const gone = at.gone ?? (at.partition === this.#here ? toIso(this.#request.meta.lastSync) : undefined);
    if (gone === undefined || (at.partition !== this.#here && !forget)) {
      this.#locators.set(id, { ...at, from });
      return;
    }
    const outranks = stamp !== undefined && ((forget && at.gone === undefined) || readLater(stamp, at.stamp));
    this.#locators.set(id, { partition: at.partition, stamp: outranks ? stamp : at.stamp, from, gone });
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
    const values = this.#page.last ? Object.entries(told) : [];
    const { count } = this.#stamps;
    const news =
      this.#wroteBodies ||
      this.#counts.removed > 0 ||
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

function compare(a: string, b: string): StampComparison {
  return compareStamps(parts(a), parts(b));
}

function parts(stamp: string): StampParts {
  const parsed = parseStamp(stamp);
  if (parsed === undefined) throw new Error('not a stamp');
  return parsed;
}

function readLater(a: string, b: string): boolean {
  const [left, right] = [parts(a), parts(b)];
  if (left.modified !== right.modified) return left.modified > right.modified;
  return left.settled === right.settled ? left.order > right.order : left.settled;
}
