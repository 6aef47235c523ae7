import { type Instant, instantFromMs } from '../../../lib/domain/instant.ts';
import type { SimulatedData } from './simulated-data.ts';

/** What the vendor grants: per user and minute, per account at once, per account and day. */
export interface ZohoLimits {
  readonly perMinute: number;
  readonly concurrent: number;
  readonly perDay: number;
}

/** What the vendor documents for its v2.1 API, and one Enterprise user's day. */
export const VENDOR_LIMITS: ZohoLimits = { perMinute: 50, concurrent: 6, perDay: 1_000 };

export interface ErrorShape {
  readonly status: number;
  readonly code: number;
}

/** How a lookup may be named in criteria: `F.ID == "1"`, `F == 1`, `F == "1"`. */
export type LookupForm = 'dot' | 'number' | 'text';

/** Where the vendor's behaviour is undocumented, disputed or known to vary: each can be chosen. */
export interface ZohoBehaviour {
  /** Whether `code` is a JSON number or a JSON string. */
  readonly codeAs: 'number' | 'string';
  /** HTTP status of code 9280, "nothing matches the criteria". */
  readonly noMatchStatus: number;
  readonly criteriaError: ErrorShape;
  readonly lookupForms: readonly LookupForm[];
  /** What a lookup form that does not work does. */
  readonly wrongLookupForm: 'error' | 'matches-nothing';
  /** Whether the query's parameters may, must or must not accompany a cursor. */
  readonly cursorParameters: 'optional' | 'required' | 'forbidden';
  readonly cursorLifetimeMs: number;
  /** The vendor's answer to a dead cursor is not recorded: by default a code that no table lists. */
  readonly cursorError: ErrorShape;
  /** The order of a walk; never by modified time. */
  readonly order: 'hash' | 'id';
  /** Whether the 60 seconds begin with the first call or slide with each. */
  readonly minuteWindow: 'sliding' | 'fixed';
  readonly retryAfter: 'absent' | 'seconds' | 'date';
  /** Fields that the registrations report does not show, whatever `field_config` says. */
  readonly hiddenFields: readonly string[];
  /** What an account does with `field_config=custom`: as documented, as if it were `all`, or refuse it as unknown. */
  readonly customView: 'honoured' | 'everything' | 'refused';
  /** How long every records call takes, holding its place among the concurrent ones. */
  readonly latencyMs: number;
  /** How long after a write queries with a time in their criteria still see the version before it. */
  readonly indexLagMs: number;
  /** Records that a page never exceeds, whatever is asked for: small pages without thousands of records. */
  readonly mostPerPage: number;
}

export const DEFAULT_BEHAVIOUR: ZohoBehaviour = {
  codeAs: 'number',
  noMatchStatus: 400,
  criteriaError: { status: 400, code: 1060 },
  lookupForms: ['dot'],
  wrongLookupForm: 'error',
  cursorParameters: 'optional',
  cursorLifetimeMs: 600_000,
  cursorError: { status: 400, code: 3710 },
  order: 'hash',
  minuteWindow: 'sliding',
  retryAfter: 'absent',
  hiddenFields: [],
  customView: 'honoured',
  latencyMs: 0,
  indexLagMs: 0,
  mostPerPage: 1_000,
};

export interface ZohoSimulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly seed?: number;
  /** `demo` by default: 40 events and 4,383 registrations. */
  readonly data?: 'demo' | 'empty' | SimulatedData;
  readonly limits?: Partial<ZohoLimits>;
  /** IANA zone in which the app writes and reads times. */
  readonly timeZone?: string;
  /** The app's date format: `dd`, `MM`, `MMM`, `yyyy` and separators. */
  readonly dateFormat?: string;
  /** IANA zone whose midnight ends the vendor's day. */
  readonly superAdminZone?: string;
  /** Epoch milliseconds; the machine's clock by default. */
  readonly clock?: () => number;
  /** How far the server's wall clock is ahead of `clock`. */
  readonly skewMs?: number;
  readonly tokenLifetimeSeconds?: number;
  /** Short for `behaviour.indexLagMs`. */
  readonly indexLagMs?: number;
  readonly behaviour?: Partial<ZohoBehaviour>;
}

export interface ZohoSetup {
  readonly port: number;
  readonly seed: number;
  readonly data: 'demo' | 'empty' | SimulatedData;
  readonly limits: ZohoLimits;
  readonly timeZone: string;
  readonly dateFormat: string;
  readonly superAdminZone: string;
  readonly clock: () => Instant;
  readonly skewMs: number;
  readonly tokenLifetimeSeconds: number;
  readonly behaviour: ZohoBehaviour;
}

export function completeOptions(options: ZohoSimulatorOptions): ZohoSetup {
  const clock = options.clock ?? Date.now;
  const timeZone = options.timeZone ?? 'Asia/Ho_Chi_Minh';
  return {
    port: options.port ?? 0,
    seed: options.seed ?? 1,
    data: options.data ?? 'demo',
    limits: { ...VENDOR_LIMITS, ...options.limits },
    timeZone,
    dateFormat: options.dateFormat ?? 'dd-MMM-yyyy',
    superAdminZone: options.superAdminZone ?? timeZone,
    clock: () => instantFromMs(clock()),
    skewMs: options.skewMs ?? 0,
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 3_600,
    behaviour: { ...DEFAULT_BEHAVIOUR, indexLagMs: options.indexLagMs ?? 0, ...options.behaviour },
  };
}
