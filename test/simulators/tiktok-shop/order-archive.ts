import { ORDER_STATUSES, orderText } from './order-text.ts';
import type { Archive, Row } from './rows.ts';

/** Ids lie beyond what a double holds, and many end in 000 or 003. */
const FIRST_ID = 576_461_000_000_000_000n;
const ID_STEP = 1_000n;
const STEP_SECONDS = 97;
const DAY_SECONDS = 86_400;

/**
 * Orders of the years before `until` (epoch seconds), one every 97 seconds or so, each computed from its number when it is
 * asked for: holding a million costs nothing. The same arguments give the same orders.
 */
export function orderArchive(size: number, until: number): Archive {
  const updatedAt = (index: number) => until - (size - index) * STEP_SECONDS + (index % 5) * 7;
  return {
    size,
    at: (index) => new ArchivedOrder(index, updatedAt(index)),
    indexOf: (id) => {
      const distance = BigInt(id) - FIRST_ID;
      const index = Number(distance / ID_STEP);
      const isOurs = distance >= 0n && index < size && idAt(index) === id;
      return isOurs ? index : undefined;
    },
    firstFrom: (second) => {
      // Close enough to step to it: neighbours are never further apart than four times seven seconds from their place.
      let index = Math.min(size, Math.max(0, size - Math.ceil((until - second) / STEP_SECONDS) - 2));
      while (index > 0 && updatedAt(index - 1) >= second) index -= 1;
      while (index < size && updatedAt(index) < second) index += 1;
      return index;
    },
  };
}

function idAt(index: number): string {
  return String(FIRST_ID + BigInt(index) * ID_STEP + (index % 3 === 0 ? 3n : 0n));
}

class ArchivedOrder implements Row {
  readonly id: string;
  readonly created: number;
  readonly updated: number;
  readonly status: string;

  constructor(index: number, updated: number) {
    this.id = idAt(index);
    this.updated = updated;
    this.created = updated - (index % 11) * DAY_SECONDS;
    this.status = ORDER_STATUSES[index % ORDER_STATUSES.length] ?? 'COMPLETED';
  }

  get text(): string {
    const { id, created, updated, status } = this;
    return orderText({ id, created, updated, status, revision: 0 });
  }
}
