import type { Policy } from '../lib/config/policy.ts';

/** When a planner job runs. */
export interface ScheduleOptions {
  /** Six fields as EventBridge reads them: minute, hour, day of month, month, day of week, year. */
  readonly cron?: string;
  /** IANA zone the fields are in. @default 'Etc/UTC' */
  readonly timeZone?: string;
  /** @default true; for `full`: false */
  readonly enabled?: boolean;
}

/** Streams somebody depends on: each gets alarms of its own for when it is stale, silent, failing or not audited. */
export interface WatchedConnection {
  /** As its parameter is named. */
  readonly id: string;
  readonly streams: readonly string[];
  /** For a connection that overrides the stage's threshold. @default - the stage's policy */
  readonly staleAfterMinutes?: number;
}

/** What an adopter may say about a deployment. */
export interface StageOptions {
  /** Part of every name: `Tidemark-prod-Service`, `/tidemark/prod/redis`. */
  readonly stage: string;
  /** Needed, or the region, where there are several stages. @default - the account of the credentials that deploy */
  readonly account?: string;
  /** @default - the region of the credentials that deploy */
  readonly region?: string;
  /**
   * When the planner asks for changes (`plan`), for new partitions (`discover`), reads everything (`full`), and has the
   * cache compared with the sources (`audit`).
   */
  readonly schedules?: {
    /** @default every 5 minutes */
    readonly plan?: ScheduleOptions;
    /** @default every hour, at minute 7 */
    readonly discover?: ScheduleOptions;
    /** @default disabled, daily at 02:00 */
    readonly full?: ScheduleOptions;
    /**
     * What it does is `policy.audit`. A watched stream that is not audited for three days has an alarm: choose a `cron` that
     * runs more often.
     * @default daily at 03:30
     */
    readonly audit?: ScheduleOptions;
  };
  /** How streams are synced: interval, staleness, overlap, batch size, attempts. @default DEFAULT_POLICY */
  readonly policy?: Partial<Policy>;
  /**
   * Sync functions at a time per lane, at least 2 (Lambda's own limit). Planner and lanes together should not exceed
   * the calls a vendor allows at a time (Zoho Creator: 5); the call budget holds that limit in any case, but what it
   * refuses has to wait. `slow` is for streams whose answers take minutes. @default 2 and 2: with the planner, 5; slow: 4
   */
  readonly laneConcurrency?: { readonly priority?: number; readonly scheduled?: number; readonly slow?: number };
  /** Requests to the HTTP API that are let through. @default 10 a second, bursts of 20 */
  readonly apiThrottle?: { readonly requestsPerSecond?: number; readonly burst?: number };
  /** Webhooks of vendors that are let through, over all connections. @default 20 a second, bursts of 100 */
  readonly webhookThrottle?: { readonly requestsPerSecond?: number; readonly burst?: number };
  /** Where alarms are sent; the address must confirm once. @default - nobody: subscribe to the topic by hand */
  readonly alarmEmail?: string;
  /** @default - no stream is watched */
  readonly watchedConnections?: readonly WatchedConnection[];
  /** @default 30 */
  readonly logRetentionDays?: number;
  /** The least level that is logged. @default 'INFO' */
  readonly logLevel?: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  /** Where alarms and dashboard point for help. @default - this project's own page */
  readonly runbookUrl?: string;
}
