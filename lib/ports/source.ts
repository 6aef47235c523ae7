import type { CallLimits } from '../domain/budget.ts';
import { Failure } from '../domain/failure.ts';
import type { Instant } from '../domain/instant.ts';
import type { RejectedRecord, RemovedRecord, SourceRecord } from '../domain/record.ts';
import type { Clock } from './clock.ts';
import type { Connection } from './connections.ts';
import type { Http, HttpRequest, HttpResponse } from './http.ts';
import type { Randomness } from './randomness.ts';
import type { TokenStore } from './token-store.ts';

/** One kind of record of a source. */
export interface StreamDefinition {
  readonly name: string;
  /** What a partition of it is called in cache keys and on the API: `event`, `organization`, `shop`, `location`. */
  readonly partitionKind: string;
  /**
   * `stream`: one query answers what changed over all partitions (the planner asks it).
   * `partition`: each partition is asked by itself, when its own interval has passed.
   * `import`: nobody is asked; people bring its records in files.
   */
  readonly coverage: 'stream' | 'partition' | 'import';
  /** Whether a locator is kept per record: its records can move between partitions or are looked up by id. */
  readonly locators: boolean;
  /** Version of the layout that its partitions are to have in the cache. @default 1 */
  readonly layout?: number;
  /** Whether its records name a segment, because a partition may grow too big for one key. */
  readonly segmented?: boolean;
  /** Whether an answer may take minutes: its tasks have a lane and a function of their own. */
  readonly slow?: boolean;
  /**
   * Other names that a record goes by besides its id, most telling first: two records of a partition that share one are
   * duplicates of each other. Absent where an id is the only identity.
   */
  readonly identities?: (body: string) => readonly string[];
}

/**
 * What to read. No `since`: everything in scope, with no bound on modified time. `since` is inclusive and refers to
 * the later of a record's added and modified time. `ids`: exactly these records, wherever they are now; a `partition`
 * beside them says where they were last, for sources that find a record only there.
 */
export interface SourceQuery {
  readonly stream: string;
  readonly partition?: string;
  readonly since?: Instant;
  readonly ids?: readonly string[];
}

/** One page of a read. Pages may be unordered; a query is complete only after a page without `next`. */
export interface SourcePage {
  readonly records: readonly SourceRecord[];
  readonly rejected: readonly RejectedRecord[];
  /**
   * What the source itself says has left: from its lists of what is deleted, archived or cancelled. With `since`, what
   * left since then; without it may be left out, because a complete read finds what is absent.
   */
  readonly removed?: readonly RemovedRecord[];
  /** How many records the whole query has, where the source says so. */
  readonly total?: number;
  /** Where to go on; absent on the last page. Opaque, at most 1 KB. */
  readonly next?: string;
  /** Source clock when the page was served. */
  readonly servedAt: Instant;
  /** The source call's number within the connection: order of reading. */
  readonly order: number;
}

/** Which records a source has, without their contents: all of a stream, or of one partition of it. */
export interface SweepQuery {
  readonly stream: string;
  readonly partition?: string;
}

export interface VersionPage {
  /** Records that could be applied; what would be rejected is left out. */
  readonly versions: readonly SourceVersion[];
  /** Where to go on; absent on the last page. Opaque, at most 1 KB. */
  readonly next?: string;
  readonly servedAt: Instant;
  readonly order: number;
}

export interface SourceVersion {
  readonly id: string;
  readonly partition: string;
  /**
   * As a read tells it; or an instant after the answer, where nobody knows when it was changed and the next delta reads it
   * anyway: then what is different about it may be under way, and only its absence says anything.
   */
  readonly modified: Instant;
}

export interface DiscoveredPartition {
  readonly id: string;
  /** A name a person recognises, where the source has one. */
  readonly title?: string;
}

export interface PartitionPage {
  readonly partitions: readonly DiscoveredPartition[];
  readonly next?: string;
}

/** One finding of an onboarding check. */
export interface CheckFinding {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'failed';
  /** What was found and, unless ok, what to set or do. Holds no record values. */
  readonly message: string;
}

/** One connection's source, ready to be asked. Retries nothing but an expired token, once. */
export interface Source {
  readonly streams: readonly StreamDefinition[];
  /** @throws SourceFailure */
  read(query: SourceQuery, cursor?: string): Promise<SourcePage>;
  /**
   * Reads ids and modified times, with no bound on time, asking for nothing else where the vendor allows that.
   * @throws SourceFailure
   */
  sweep(query: SweepQuery, cursor?: string): Promise<VersionPage>;
  /** All partitions the source knows of a stream, page by page. @throws SourceFailure */
  listPartitions(stream: string, cursor?: string): Promise<PartitionPage>;
  /** Whether a text can be an id of a partition of this stream; asked before any text from outside is used. */
  isPartitionId(stream: string, text: string): boolean;
}

export interface SourceResponse extends HttpResponse {
  readonly date: Instant;
  readonly order: number;
}

/** HTTP calls that count against the connection's budget. */
export interface SourceCalls {
  /** @throws SourceFailure when the budget denies the call, or no whole response with a `Date` arrived */
  send(request: HttpRequest): Promise<SourceResponse>;
}

export interface SourceTools {
  readonly calls: SourceCalls;
  /** For token endpoints, which are not part of the API budget. */
  readonly http: Http;
  readonly tokens: TokenStore;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** Whether `http:` on a loopback address may stand for the vendor's hosts: only on the local host. */
  readonly allowLoopback: boolean;
}

/** What a vendor sent to a connection's webhook, as it came. */
export interface WebhookRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** To the byte: signatures are over it. */
  readonly body: Uint8Array;
}

/** Records that may have changed: they are read from the source, and nothing of the webhook is believed. */
export interface RecordHint {
  readonly stream: string;
  readonly ids: readonly string[];
  /** The partition that knows them, stored form, where the webhook names it. */
  readonly partition?: string;
}

export type WebhookVerdict =
  /** `delivery` names it among all of this connection's: a second one of the same name is a repetition. */
  | { readonly outcome: 'genuine'; readonly delivery: string; readonly hints: readonly RecordHint[] }
  /** Forged, too old, or not understood. `problem` holds no value of it. */
  | { readonly outcome: 'refused'; readonly problem: string };

/** A vendor's webhooks. Apart from its kind of source, because the function that takes webhooks needs nothing of that. */
export interface WebhookReader {
  /** Checks signature and age before anything else is looked at. `now` is this machine's clock. */
  read(connection: Connection, request: WebhookRequest, now: Instant): WebhookVerdict;
}

/** A kind of source: one folder of `lib/sources` exports one. */
export interface SourceKind {
  /** As connections name it: `zoho-creator`. */
  readonly kind: string;
  /** Every problem of a connection's settings and secrets, in words; empty when there is none. */
  problems(connection: Connection, options: { readonly allowLoopback: boolean }): readonly string[];
  /** The vendor's limits for this connection. Call only when `problems` found none. */
  limits(connection: Connection): CallLimits;
  /**
   * Within what the ids of a connection's partitions are unique, where they are not the vendor's for all its accounts: two
   * connections of this kind with one scope would share partitions, unless their namespaces differ. Call only when
   * `problems` found none.
   */
  partitionScope?(connection: Connection): string;
  /** Call only when `problems` found none. */
  open(connection: Connection, tools: SourceTools): Source;
}

/**
 * Probes of live accounts, for people who connect them. Apart from their kind of source, because only the API asks: what
 * reads records needs nothing of it.
 */
export interface SourceCheck {
  /** The kind of source whose connections it checks. */
  readonly kind: string;
  /** Probes what only a live account can tell. Call only when `problems` found none. Never throws for a finding. */
  check(connection: Connection, tools: SourceTools): Promise<readonly CheckFinding[]>;
}

export type SourceFailureCode =
  /** Network, 5xx, a body that is no answer: try again soon. */
  | 'source-unavailable'
  /** It has not answered several times in a row: the connection's breaker holds calls back until `retryAt`. */
  | 'source-down'
  /** A body that claims to be an answer and is not: try again, then look. */
  | 'source-malformed'
  /** Per-minute or concurrency limit of the vendor, or of our own budget below it. */
  | 'source-rate-limited'
  /** The day's calls are spent. */
  | 'source-quota-spent'
  /** The token is refused and a new one did not help. */
  | 'source-unauthorized'
  /** Wrong settings, missing rights: a person must act. */
  | 'source-misconfigured'
  /** The page token is no longer good: restart the query. */
  | 'source-cursor-expired';

export interface SourceFailureDetail {
  /** Not before this instant of this machine's clock. */
  readonly retryAt?: Instant;
  readonly status?: number;
  /** The vendor's own code. */
  readonly vendorCode?: string;
  readonly cause?: unknown;
}

export class SourceFailure extends Failure {
  declare readonly code: SourceFailureCode;
  readonly retryAt: Instant | undefined;
  readonly status: number | undefined;
  readonly vendorCode: string | undefined;

  constructor(code: SourceFailureCode, message: string, detail: SourceFailureDetail = {}) {
    const retryable = code !== 'source-unauthorized' && code !== 'source-misconfigured';
    super(message, { code, retryable, cause: detail.cause });
    this.retryAt = detail.retryAt;
    this.status = detail.status;
    this.vendorCode = detail.vendorCode;
  }
}
