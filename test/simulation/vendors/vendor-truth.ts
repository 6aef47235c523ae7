import type { InMemoryKeys } from '../../fakes/in-memory-keys.ts';
import type { SimulatedVendor } from '../../simulators/simulated-vendor.ts';
import type { Verdicts } from '../monitors/verdicts.ts';

export interface VendorDifference {
  /** `{stream}/{partition}/{id}` */
  readonly name: string;
  readonly what: 'missing' | 'stale' | 'extra';
}

/** What each record has been, one version after the other, and whether the cache follows in that order. */
export class VendorTruth {
  readonly #vendor: SimulatedVendor;
  readonly #keys: InMemoryKeys;
  readonly #verdicts: Verdicts;
  /** `{stream}/{id}` → bodies, oldest first. */
  readonly #versions = new Map<string, string[]>();
  /** What readers have seen: `{stream}/{partition}/{id}` → body. */
  #seen = new Map<string, string>();

  constructor(vendor: SimulatedVendor, keys: InMemoryKeys, verdicts: Verdicts) {
    this.#vendor = vendor;
    this.#keys = keys;
    this.#verdicts = verdicts;
  }

  /** To be told after every change at the vendor. */
  note(): void {
    for (const { name, records } of this.#now()) {
      for (const { id, body } of records) {
        const versions = this.#versions.get(`${name}/${id}`) ?? [];
        if (versions.at(-1) === body) continue;
        versions.push(body);
        this.#versions.set(`${name}/${id}`, versions);
      }
    }
  }

  /** The cache lost something or went back: readers begin anew. */
  beginAgain(): void {
    this.#seen = this.#cached();
  }

  /** I2: no reader sees an older version after a newer one, nor what never was. */
  check(): void {
    const cached = this.#cached();
    for (const [name, body] of cached) {
      const before = this.#seen.get(name);
      if (before === body) continue;
      const [stream = '', , id = ''] = name.split('/');
      const versions = this.#versions.get(`${stream}/${id}`) ?? [];
      const now = versions.lastIndexOf(body);
      if (now < 0) this.#verdicts.report('I2', `${name} is something that it never was`);
      else if (before !== undefined && now < versions.indexOf(before)) {
        this.#verdicts.report('I2', `${name} went back from version ${versions.indexOf(before)} to ${now}`);
      }
    }
    this.#seen = cached;
  }

  /** I1: where cache and vendor do not agree. */
  differences(): readonly VendorDifference[] {
    const cached = this.#cached();
    const truth = new Map<string, string>();
    for (const { name, records } of this.#now()) {
      for (const { id, partition, body } of records) truth.set(`${name}/${partition}/${id}`, body);
    }
    const found: VendorDifference[] = [];
    for (const [name, body] of truth) {
      const held = cached.get(name);
      if (held !== body) found.push({ name, what: held === undefined ? 'missing' : 'stale' });
    }
    for (const name of cached.keys()) if (!truth.has(name)) found.push({ name, what: 'extra' });
    return found;
  }

  #now() {
    return this.#vendor.streams.map((stream) => ({ name: stream.name, records: stream.records() }));
  }

  /** By the published names of keys: `cache:{kind}:{partition}:{stream}` and its segments. */
  #cached(): Map<string, string> {
    const streams = new Set(this.#vendor.streams.map(({ name }) => name));
    const cached = new Map<string, string>();
    for (const key of this.#keys.names()) {
      const [space, kind, partition = '', stream = '', part] = key.split(':');
      if (space !== 'cache' || kind === 'record' || part === 'meta' || !streams.has(stream)) continue;
      for (const [id, body] of this.#keys.hash(key)) {
        const name = `${stream}/${partition}/${id}`;
        if (cached.has(name)) this.#verdicts.report('I2', `${name} is in two segments`);
        cached.set(name, body);
      }
    }
    return cached;
  }
}
