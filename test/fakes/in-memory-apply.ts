import type { ApplyPage, PreparedRecord } from '../../lib/adapters/upstash/apply-pages.ts';
import { CACHE_LAYOUT, locatorKey, metaKey, recordsKey, scanKey, stampsKey } from '../../lib/domain/cache-layout.ts';
import { toIso } from '../../lib/domain/instant.ts';
import { compareStamps, parseStamp, type StampParts } from '../../lib/domain/stamp.ts';
import type { ApplyRequest, Moved } from '../../lib/ports/cache.ts';
import type { InMemoryKeys } from './in-memory-keys.ts';

interface Located {
  readonly partition: string;
  readonly stamp: string;
  readonly from: readonly string[];
}

/** One page applied to one partition: the rules of the cache's script, written down a second time. */
export class InMemoryApply {
  readonly #keys: InMemoryKeys;
  readonly #request: ApplyRequest;
  readonly #page: ApplyPage;
  readonly #alsoSeen: readonly string[];
  readonly #stamps: string;
  readonly #records: string;
  readonly #counts = { added: 0, updated: 0, unchanged: 0, superseded: 0, removed: 0 };
  readonly #writes = { bodies: false, own: false, told: false };
  #commands = 2;

  constructor(keys: InMemoryKeys, request: ApplyRequest, page: ApplyPage, alsoSeen: readonly string[]) {
    const { key, layout } = request;
    this.#keys = keys;
    this.#request = request;
    this.#page = page;
    this.#alsoSeen = alsoSeen;
    this.#stamps = stampsKey(key);
    this.#records = recordsKey(layout.partitionKind, key.partition, key.stream);
  }

  run() {
    const { fence, create } = this.#request;
    const stored = this.#own('fence');
    if (stored === undefined && !create) return { outcome: 'lost' as const, commands: this.#commands };
    if (stored !== undefined && Number(stored) > fence) return { outcome: 'fenced' as const, commands: this.#commands };
    const { records, removals } = this.#page;
    const ids = [...records.map(({ id }) => id), ...removals.map(([id]) => id)];
    if (this.#request.layout.locators && ids.length > 0) this.#commands += 1;
    const locators = new Map(ids.map((id) => [id, this.#keys.text(this.#locatorKey(id))]));
    this.#countBodiesRead();
    const before = this.#count();
    const here = new Set(records.filter((record) => this.#apply(record)).map(({ id }) => id));
    this.#remove();
    this.#remember();
    this.#tell(before);
    if (ids.some((id) => this.#hasNewLocator(id, locators.get(id)))) this.#commands += 1;
    this.#commands += Object.values(this.#writes).filter(Boolean).length;
    const movedFrom = [...here].flatMap((id) => this.#moves(id));
    return { outcome: 'applied' as const, ...this.#counts, movedFrom, count: this.#count(), commands: this.#commands };
  }

  #countBodiesRead(): void {
    const same = ({ id, stamp }: PreparedRecord) => {
      const stored = this.#stampOf(id);
      return stored !== undefined && compareStamps(parts(stamp), parts(stored)) === 'same';
    };
    if (this.#request.verify && this.#page.records.some(same)) this.#commands += 1;
  }

  /** @returns whether the record belongs here now */
  #apply(record: PreparedRecord): boolean {
    const at = this.#locatorOf(record.id);
    const elsewhere = at !== undefined && at.partition !== this.#request.key.partition;
    const older = at !== undefined && compareStamps(parts(record.stamp), parts(at.stamp)) === 'older';
    if (older || (elsewhere && !readLater(record.stamp, at.stamp))) {
      this.#counts.superseded += 1;
      return false;
    }
    this.#write(record);
    if (!this.#request.layout.locators) return true;
    const others = (at?.from ?? []).filter((partition) => partition !== this.#request.key.partition);
    const from = elsewhere ? [...others, at.partition] : others;
    this.#setLocator(record.id, {
      partition: this.#request.key.partition,
      stamp: this.#stampOf(record.id) ?? '',
      from,
    });
    return true;
  }

  #write({ id, stamp, body }: PreparedRecord): void {
    const stored = this.#stampOf(id);
    const storedBody = this.#keys.hash(this.#records).get(id);
    const order = stored === undefined ? 'newer' : compareStamps(parts(stamp), parts(stored));
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
    this.#writes.bodies = true;
    if (stored === undefined || order === 'newer' || readLater(stamp, stored)) this.#setOwn(id, stamp);
  }

  #remove(): void {
    const gone = { bodies: false, stamps: false, locators: false };
    for (const [id, limit] of this.#page.removals) {
      const stored = this.#stampOf(id);
      if (stored !== undefined && compareStamps(parts(stored), parts(limit)) === 'newer') continue;
      gone.bodies = true;
      if (this.#keys.dropField(this.#records, id)) this.#counts.removed += 1;
      if (this.#keys.dropField(this.#stamps, id)) gone.stamps = true;
      const at = this.#locatorOf(id);
      if (at?.partition === this.#request.key.partition) {
        this.#keys.drop(this.#locatorKey(id));
        gone.locators = true;
      } else if (at !== undefined) {
        this.#setLocator(id, { ...at, from: at.from.filter((partition) => partition !== this.#request.key.partition) });
      }
    }
    this.#commands += Object.values(gone).filter(Boolean).length;
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
    const created = this.#own('fence') === undefined;
    const applied = Math.max(meta.applied ?? 0, Number(this.#own('applied') ?? 0));
    const told = {
      layout: String(CACHE_LAYOUT),
      loaded: String(meta.loaded),
      pending: String(meta.pending),
      ...(meta.watermark === undefined ? {} : { watermark: toIso(meta.watermark) }),
      ...(meta.applied === undefined ? {} : { applied: String(applied) }),
    };
    const values = this.#page.last ? Object.entries(told) : [];
    const count = this.#count();
    const news =
      this.#writes.bodies ||
      this.#counts.removed > 0 ||
      created ||
      count !== countBefore ||
      values.some(([name, value]) => this.#own(name) !== value);
    for (const [name, value] of [['fence', String(fence)], ['count', String(count)], ...values] as const) {
      if (this.#own(name) !== value) this.#setOwn(`#${name}`, value);
    }
    if (!news) return;
    this.#writes.told = true;
    const lines = [['count', String(count)], ['last_sync', toIso(meta.lastSync)], ...values] as const;
    for (const [name, value] of lines)
      this.#keys.setField(metaKey(layout.partitionKind, key.partition, key.stream), name, value);
  }

  #moves(record: string): readonly Moved[] {
    const at = this.#locatorOf(record);
    if (at?.partition !== this.#request.key.partition) return [];
    return at.from.map((from) => ({ record, from, stamp: at.stamp }));
  }

  #count(): number {
    return [...this.#keys.hash(this.#stamps).keys()].filter((field) => !field.startsWith('#')).length;
  }

  #own(name: string): string | undefined {
    return this.#keys.hash(this.#stamps).get(`#${name}`);
  }

  #setOwn(field: string, value: string): void {
    this.#keys.setField(this.#stamps, field, value);
    this.#writes.own = true;
  }

  #stampOf(id: string): string | undefined {
    return this.#keys.hash(this.#stamps).get(id);
  }

  #locatorKey(id: string): string {
    const { connection, stream } = this.#request.key;
    return locatorKey(connection, stream, id);
  }

  #locatorOf(id: string): Located | undefined {
    if (!this.#request.layout.locators) return undefined;
    const text = this.#keys.text(this.#locatorKey(id));
    if (text === undefined) return undefined;
    const { from = [], ...rest } = JSON.parse(text);
    return { ...rest, from };
  }

  #setLocator(id: string, { from, ...rest }: Located): void {
    this.#keys.setText(this.#locatorKey(id), JSON.stringify(from.length === 0 ? rest : { ...rest, from }));
  }

  #hasNewLocator(id: string, before: string | undefined): boolean {
    const now = this.#keys.text(this.#locatorKey(id));
    return now !== undefined && now !== before;
  }
}

function parts(stamp: string): StampParts {
  const parsed = parseStamp(stamp);
  if (parsed === undefined) throw new Error('not a stamp');
  return parsed;
}

function readLater(a: string, b: string): boolean {
  const [left, right] = [parts(a), parts(b)];
  return left.modified === right.modified ? left.order > right.order : left.modified > right.modified;
}
