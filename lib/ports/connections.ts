import type { AuditMode, ConflictPolicy } from '../domain/sync-rules.ts';

/** One account at a source, as its parameter holds it (4 KB of JSON). Adding one needs no deploy. */
export interface Connection {
  readonly id: string;
  /** Which kind of source: `zoho-creator`. */
  readonly source: string;
  /** `false` takes the connection out of planning. */
  readonly enabled: boolean;
  /** Set where partition ids would collide with another connection's; ids then read `{namespace}~{id}`. */
  readonly namespace?: string;
  /** Overrides of the stage's policy for this connection. */
  readonly policy: ConnectionPolicy;
  /** The source's own settings, checked by the source. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Never logged, never in an error text. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What may be said for a whole connection, or for one stream of it. */
interface SharedPolicy {
  readonly intervalMinutes?: number;
  readonly staleAfterMinutes?: number;
  readonly overlapMinutes?: number;
  readonly settleSeconds?: number;
  readonly audit?: AuditMode;
  readonly schedule?: SchedulePolicy;
}

/** Cron expressions of five fields: minute, hour, day of month, month, day of week. */
export interface SchedulePolicy {
  /** When changes are asked for, instead of by the interval. */
  readonly changes?: string;
  /** When everything is read. */
  readonly full?: string;
  /** IANA zone of both. @default 'UTC' */
  readonly timeZone?: string;
  /** A scheduled run is left out when the last one was within so many minutes before it. @default 0 */
  readonly skipWithinMinutes?: number;
}

export interface ConnectionPolicy extends SharedPolicy {
  /** Overrides of this policy, by the stream's name. */
  readonly streams?: Readonly<Record<string, StreamPolicy>>;
}

export interface StreamPolicy extends SharedPolicy {
  /** `false` takes the stream out of planning. @default true */
  readonly enabled?: boolean;
  /** @default 'update' */
  readonly onConflict?: ConflictPolicy;
}

/** A parameter that could not be read as a connection. */
export interface BrokenConnection {
  readonly id: string;
  /** Every problem, in words; holds no secret. */
  readonly problems: readonly string[];
}

export interface ConnectionList {
  readonly connections: readonly Connection[];
  readonly broken: readonly BrokenConnection[];
}

export interface Connections {
  /** All of the stage. May be up to a minute old. One broken parameter breaks no other. */
  list(): Promise<ConnectionList>;
}
