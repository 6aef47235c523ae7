/** What a run did, record by record. `seen` counts every record that was read, whatever became of it. */
export interface Ledger {
  readonly pages: number;
  readonly seen: number;
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  /** The cache already held a newer version. */
  readonly superseded: number;
  readonly quarantined: number;
  /** Left to another run, because somebody else wrote the partition: durably remembered there. */
  readonly deferred: number;
  /** Removed from the cache; not part of `seen`. */
  readonly removed: number;
  /** Source calls that were sent, those that failed included; token requests are not. */
  readonly calls: number;
  /** Billed Redis commands. */
  readonly cacheCommands: number;
}

export const EMPTY_LEDGER: Ledger = {
  pages: 0,
  seen: 0,
  added: 0,
  updated: 0,
  unchanged: 0,
  superseded: 0,
  quarantined: 0,
  deferred: 0,
  removed: 0,
  calls: 0,
  cacheCommands: 0,
};

export function addLedgers(a: Ledger, b: Partial<Ledger>): Ledger {
  return {
    pages: a.pages + (b.pages ?? 0),
    seen: a.seen + (b.seen ?? 0),
    added: a.added + (b.added ?? 0),
    updated: a.updated + (b.updated ?? 0),
    unchanged: a.unchanged + (b.unchanged ?? 0),
    superseded: a.superseded + (b.superseded ?? 0),
    quarantined: a.quarantined + (b.quarantined ?? 0),
    deferred: a.deferred + (b.deferred ?? 0),
    removed: a.removed + (b.removed ?? 0),
    calls: a.calls + (b.calls ?? 0),
    cacheCommands: a.cacheCommands + (b.cacheCommands ?? 0),
  };
}

/** Whether every record that was read is accounted for: seen = written + unchanged + superseded + quarantined + deferred. */
export function balances(ledger: Ledger): boolean {
  const { seen, added, updated, unchanged, superseded, quarantined, deferred } = ledger;
  return seen === added + updated + unchanged + superseded + quarantined + deferred;
}

/** How a run ended. Only `succeeded` is success. */
export type RunOutcome =
  /** Complete, and every record seen is in the cache. */
  | 'succeeded'
  /** Complete, but records were quarantined or left to another run, or deletions held. */
  | 'partial'
  /** The source's limits stopped it. */
  | 'rate-limited'
  /** Another worker holds a newer fence. */
  | 'fenced'
  /** Somebody wanted it to end before it was complete. */
  | 'cancelled'
  | 'failed';

export interface RunEnd {
  /** Whether the last page was read and applied. */
  readonly complete: boolean;
  /** Deletions that wait for a person. */
  readonly heldDeletions: number;
  readonly stoppedBy?: 'rate-limited' | 'fenced' | 'cancelled' | 'error';
}

/** The outcome follows from what was counted; nobody sets it. */
export function outcomeOf(ledger: Ledger, end: RunEnd): RunOutcome {
  if (end.stoppedBy === 'fenced') return 'fenced';
  if (end.stoppedBy === 'rate-limited' || end.stoppedBy === 'cancelled') return end.stoppedBy;
  if (end.stoppedBy === 'error' || !end.complete || !balances(ledger)) return 'failed';
  const whole = ledger.quarantined === 0 && ledger.deferred === 0 && end.heldDeletions === 0;
  return whole ? 'succeeded' : 'partial';
}
