import {
  formatSegments,
  metaKey,
  NO_SEGMENT,
  parseSegments,
  stampsKey,
  versionedRecordsKey,
} from '../../lib/domain/cache-layout.ts';
import type { ApplyRequest } from '../../lib/ports/cache-apply.ts';
import type { InMemoryKeys } from './in-memory-keys.ts';

interface Written {
  readonly segment: string;
  readonly body: string;
}

/** The bodies of one partition, in whichever segments they are, while a page is applied to it. */
export class InMemoryBodies {
  /** Whether any of them is, or may be, in a segment. */
  readonly cut: boolean;
  /** Commands a Redis would have billed so far. */
  commands = 0;
  /** Of those that left. */
  removed = 0;
  readonly #keys: InMemoryKeys;
  readonly #request: ApplyRequest;
  readonly #known: readonly string[];
  readonly #written = new Map<string, Written>();
  readonly #left = new Set<string>();

  constructor(keys: InMemoryKeys, request: ApplyRequest) {
    this.#keys = keys;
    this.#request = request;
    const { key, layout } = request;
    const own = keys.hash(stampsKey(key));
    const asks = layout.segmented === true && !own.has('#fence');
    if (asks) this.commands += 1;
    const meta = metaKey(layout.partitionKind, key.partition, key.stream);
    this.#known = parseSegments(own.get('#segments') ?? (asks ? keys.hash(meta).get('segments') : undefined));
    this.cut = layout.segmented === true || this.#known.length > 0;
  }

  /** Segments that have to be named besides those of the page. */
  get known(): readonly string[] {
    return this.#known;
  }

  get wrote(): boolean {
    return this.#written.size > 0;
  }

  get left(): boolean {
    return this.#left.size > 0;
  }

  of(id: string, segment: string): string | undefined {
    return this.#written.get(id)?.body ?? this.#keys.hash(this.#keyOf(segment)).get(id);
  }

  put(id: string, written: Written): void {
    this.#written.set(id, written);
  }

  /** @param before the segment that each record was in, if it was in one */
  settle(before: (id: string) => string | undefined): void {
    const strayed = new Set<string>();
    for (const [id, { segment, body }] of this.#written) {
      for (const name of this.#names(segment)) this.#keys.setField(name, id, body);
      const old = before(id);
      if (!this.cut || old === undefined || old === segment) continue;
      strayed.add(old);
      for (const name of this.#names(old)) this.#keys.dropField(name, id);
    }
    const parts = new Set([...this.#written.values()].map(({ segment }) => segment));
    this.commands += (parts.size + strayed.size) * this.#layouts;
  }

  /** @param segment where it is; unknown, it is looked for everywhere */
  remove(id: string, segment: string | undefined): void {
    const parts = !this.cut ? [NO_SEGMENT] : segment === undefined ? [NO_SEGMENT, ...this.#known] : [segment];
    for (const part of parts) {
      this.#left.add(part);
      const [name = '', mirror] = this.#names(part);
      if (mirror !== undefined) this.#keys.dropField(mirror, id);
      if (this.#keys.dropField(name, id)) this.removed += 1;
    }
  }

  /** The names of all segments, once everything is written. */
  end(): string {
    this.commands += this.#left.size * this.#layouts;
    return formatSegments([...this.#known, ...[...this.#written.values()].map(({ segment }) => segment)]);
  }

  /** @param named segments of the page's records, which may hold what an earlier copy left there */
  dropOther(named: readonly string[]): void {
    for (const segment of [NO_SEGMENT, ...this.#known, ...named]) this.#keys.drop(this.#otherKeyOf(segment));
    this.commands += 1;
  }

  get #layouts(): number {
    return this.#request.beside?.becomes === 'written' ? 2 : 1;
  }

  #names(segment: string): readonly string[] {
    return this.#layouts === 1 ? [this.#keyOf(segment)] : [this.#keyOf(segment), this.#otherKeyOf(segment)];
  }

  #keyOf(segment: string): string {
    return versionedRecordsKey(this.#request.key, this.#request.layout, segment);
  }

  #otherKeyOf(segment: string): string {
    const { key, layout, beside } = this.#request;
    return versionedRecordsKey(key, { ...layout, version: beside?.version ?? layout.version }, segment);
  }
}
