import type { Instant } from '../../../lib/domain/instant.ts';
import type { SourcePage } from '../../../lib/ports/source.ts';
import type { VendorRecord } from '../../simulators/simulated-vendor.ts';

interface Held {
  readonly modified: Instant;
  readonly order: number;
  /** Absent once it has left. */
  readonly record?: VendorRecord;
}

/** What the simplest right cache would hold: the newer modified time wins, and of equal ones the later read. */
export class Mirror {
  readonly #held = new Map<string, Held>();

  apply({ records, removed = [], order }: SourcePage): void {
    for (const { id, partition, body, modified } of records) {
      if (this.#isNewer(id, modified, order)) this.#held.set(id, { modified, order, record: { id, partition, body } });
    }
    for (const { id, modified } of removed) {
      if (this.#isNewer(id, modified, order)) this.#held.set(id, { modified, order });
    }
  }

  applyAll(pages: readonly SourcePage[]): void {
    for (const page of pages) this.apply(page);
  }

  records(): ReadonlyMap<string, VendorRecord> {
    const held = [...this.#held].flatMap(([id, { record }]) => (record === undefined ? [] : [[id, record] as const]));
    return new Map(held);
  }

  #isNewer(id: string, modified: Instant, order: number): boolean {
    const held = this.#held.get(id);
    return held === undefined || modified > held.modified || (modified === held.modified && order >= held.order);
  }
}
