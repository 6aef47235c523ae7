import type { Connection } from '../../lib/ports/connections.ts';
import type { Http } from '../../lib/ports/http.ts';
import type { SourceKind } from '../../lib/ports/source.ts';

/** What a vendor answers instead of the truth, once. */
export type VendorFault =
  /** A 5xx in the vendor's shape. */
  | 'unavailable'
  /** The connection breaks: `HttpFailure`. */
  | 'network'
  /** The vendor's per-minute refusal, with whatever it says about when to come back. */
  | 'rate-limited'
  /** The vendor's daily refusal; the same as `rate-limited` where there is no day. */
  | 'quota-spent'
  /** Status 200 and a body cut short. */
  | 'truncated'
  /** Status 200 and a page of HTML. */
  | 'page-of-html';

/** A record as the vendor has it now, and as the cache must hold it. */
export interface VendorRecord {
  readonly id: string;
  /** As stored, namespace included. */
  readonly partition: string;
  /** To the byte. */
  readonly body: string;
}

/** One stream's data at the vendor, changed at will. Times are the vendor's clock at the moment of the change. */
export interface VendorStream {
  readonly name: string;
  /** Partitions that exist, stored form. */
  partitions(): readonly string[];
  /** Every record that belongs into the cache: deleted, archived and cancelled ones, and those out of scope, are not. */
  records(): readonly VendorRecord[];
  /** @param agoMs how long before now it was added and last changed. @returns its id */
  insert(partition: string, agoMs?: number): string;
  edit(id: string): void;
  /** Removes it in the way, or one of the ways, in which this vendor's records leave. */
  remove(id: string): void;
  /** Absent where a record stays in its partition for ever. */
  readonly move?: (id: string, partition: string) => void;
}

/**
 * A vendor's server within this process: what the conformance suite and the fault simulation drive. Takes its time from the
 * clock it was made with, waits for nothing, and touches no network.
 */
export interface SimulatedVendor extends Http {
  readonly kind: SourceKind;
  /** An entry whose hosts are this server's. */
  connection(id: string): Connection;
  readonly streams: readonly VendorStream[];
  /** Faults to come, each for one API call, in order. */
  readonly faults: VendorFault[];
  /** Everything is unavailable before this instant of the clock it was made with, in milliseconds. */
  downUntilMs: number;
  /** How far the vendor's own clock is ahead. */
  skewMs: number;
  /** How long queries by time lag behind a change. */
  lagMs: number;
  /** Called before each page of records is served: the place for edits while somebody pages. */
  beforePage: () => void;
  /** Page tokens handed out so far are no longer good; nothing where this vendor has none. */
  expireCursors(): void;
  /** API calls so far, token requests left out. */
  readonly calls: number;
}

export interface VendorOptions {
  /** True time in epoch milliseconds. */
  readonly nowMs: () => number;
  readonly seed: number;
  /** Records a page holds at the most, below the vendor's own maximum. */
  readonly pageSize?: number;
}

/** Makes a simulated vendor without records, with a few partitions. */
export type MakeVendor = (options: VendorOptions) => SimulatedVendor;
