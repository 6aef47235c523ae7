import { sweepKey } from '../../lib/domain/cache-layout.ts';
import { type Instant, instantFromMs } from '../../lib/domain/instant.ts';
import type { StreamKey } from '../../lib/domain/names.ts';
import type { SweptVersion } from '../../lib/ports/cache-entries.ts';
import type { InMemoryKeys } from './in-memory-keys.ts';

/** What sweeps have seen, a text per page. */
export class InMemorySweeps {
  readonly #keys: InMemoryKeys;

  constructor(keys: InMemoryKeys) {
    this.#keys = keys;
  }

  remember(stream: StreamKey, run: string, page: number, versions: readonly SweptVersion[]): void {
    this.#keys.setField(sweepKey(stream, run), String(page), JSON.stringify(versions));
  }

  swept(stream: StreamKey, run: string, pages: number, partition: string): ReadonlyMap<string, Instant> | undefined {
    const seen = new Map<string, Instant>();
    for (let page = 0; page < pages; page += 1) {
      const text = this.#keys.hash(sweepKey(stream, run)).get(String(page));
      if (text === undefined) return undefined;
      for (const version of JSON.parse(text)) {
        if (version.partition !== partition) continue;
        seen.set(version.record, instantFromMs(Math.max(version.modified, seen.get(version.record) ?? 0)));
      }
    }
    return seen;
  }

  forget(stream: StreamKey, run: string): void {
    this.#keys.drop(sweepKey(stream, run));
  }
}
