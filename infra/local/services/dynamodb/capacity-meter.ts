import { Counters } from '../counters.ts';
import type { WriteUnits } from './write-units.ts';

/** What a request was and whom it touched. */
export interface Metered {
  readonly operation: string;
  readonly table: string;
  /** What the item's sort key begins with, up to `#`: `partition`, `stream`, `run`, …; of a query: its index. */
  readonly kind: string;
}

/**
 * Requests and billed units. Units are filed by place, `{table}` or `{table}/{index}`, and once more by operation and by
 * kind of item, where an index's share reads `{kind}/{index}`.
 */
export class CapacityMeter {
  readonly requests = new Counters();
  readonly writeUnits = new Counters();
  readonly writeUnitsByOperation = new Counters();
  readonly writeUnitsByKind = new Counters();
  readonly readUnits = new Counters();
  readonly readUnitsByOperation = new Counters();

  wrote({ operation, table, kind }: Metered, units: WriteUnits): void {
    this.#fileWrite(operation, table, kind, units.table);
    for (const [index, share] of Object.entries(units.indexes))
      this.#fileWrite(operation, `${table}/${index}`, `${kind}/${index}`, share);
  }

  #fileWrite(operation: string, place: string, kind: string, units: number): void {
    this.writeUnits.add(place, units);
    this.writeUnitsByOperation.add(operation, units);
    this.writeUnitsByKind.add(kind, units);
  }

  read(operation: string, place: string, units: number): void {
    this.readUnits.add(place, units);
    this.readUnitsByOperation.add(operation, units);
  }

  /** Plain numbers, for printing and comparing. */
  snapshot(): Record<'requests' | 'writeUnits' | 'writeUnitsByKind' | 'readUnits', Record<string, number>> {
    return {
      requests: this.requests.snapshot(),
      writeUnits: this.writeUnits.snapshot(),
      writeUnitsByKind: this.writeUnitsByKind.snapshot(),
      readUnits: this.readUnits.snapshot(),
    };
  }
}
