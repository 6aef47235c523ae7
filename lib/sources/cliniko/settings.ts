import * as z from 'zod/mini';
import type { CallLimits } from '../../domain/budget.ts';
import { isZone } from '../../domain/zone-clock.ts';
import type { Connection } from '../../ports/connections.ts';
import type { ParsedAccount } from '../kit/account-source.ts';
import { settingProblems } from '../kit/setting-problems.ts';
import { vendorOrigin } from '../kit/vendor-origin.ts';
import { PRIVATE_FIELDS } from './private-fields.ts';
import { hostOfShard, SHARD, shardOfKey } from './shard.ts';

const whole = (least: number, most: number) =>
  z
    .int(`must be a whole number from ${least} to ${most}`)
    .check(z.minimum(least, `must be at least ${least}`), z.maximum(most, `must be at most ${most}`));

const settingsSchema = z.strictObject({
  /** Names the partition; the connection's own id when absent. */
  organization: z.optional(
    z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,96}$/, 'must be 1 to 96 of A-Z, a-z, 0-9, _, . and -')),
  ),
  shard: z.optional(z.string().check(z.regex(SHARD, 'must be two letters and a number, as au2'))),
  /** The vendor blocks clients that do not say who they are. */
  userAgent: z
    .string()
    .check(
      z.regex(
        /^[\x21-\x27\x2a-\x7e][\x20-\x27\x2a-\x7e]{0,99} \([^\s()@]{1,64}@[^\s()@]{1,64}\.[^\s()@]{1,64}\)$/,
        'must be a name and a contact address, as: Front desk (it@clinic.example)',
      ),
    ),
  timeZone: z.string().check(z.refine(isZone, 'is not an IANA time zone such as Australia/Sydney')),
  appointments: z._default(
    z.strictObject({ pastDays: z._default(whole(0, 3_650), 7), futureDays: z._default(whole(0, 3_650), 30) }),
    { pastDays: 7, futureDays: 30 },
  ),
  /** Private fields that are kept all the same. */
  include: z._default(
    z.strictObject({
      patients: z._default(z.array(z.enum(PRIVATE_FIELDS.patients)), []),
      appointments: z._default(z.array(z.enum(PRIVATE_FIELDS.appointments)), []),
    }),
    { patients: [], appointments: [] },
  ),
  /** The time by which each list of what has left is asked for news. */
  newsBy: z._default(
    z.strictObject({
      deleted: z._default(z.enum(['updated_at', 'deleted_at']), 'updated_at'),
      archived: z._default(z.enum(['updated_at', 'archived_at']), 'updated_at'),
      cancelled: z._default(z.enum(['cancelled_at', 'updated_at']), 'cancelled_at'),
    }),
    { deleted: 'updated_at', archived: 'updated_at', cancelled: 'cancelled_at' },
  ),
  pageSize: z._default(whole(1, 100), 100),
  callsPerMinute: z._default(whole(1, 200), 180),
  concurrentCalls: z._default(whole(1, 20), 4),
  apiHost: z.optional(z.string()),
});

const secretsSchema = z.object({
  // A colon would end the user name of basic authentication.
  apiKey: z.string('is missing').check(z.regex(/^[\x21-\x39\x3b-\x7e]{1,1024}$/, 'must be an API key')),
});

export type ClinikoSettings = z.infer<typeof settingsSchema>;

export interface ClinikoAccount {
  readonly settings: ClinikoSettings;
  readonly apiKey: string;
  /** The source's own id of the one partition. */
  readonly organization: string;
  readonly origin: string;
}

/** A connection's settings and secrets, or every problem with them in words that hold no secret. */
export function parseAccount(connection: Connection, allowLoopback: boolean): ParsedAccount<ClinikoAccount> {
  const settings = settingsSchema.safeParse(connection.settings);
  const secrets = secretsSchema.safeParse(connection.secrets);
  if (!settings.success || !secrets.success) {
    const problems = [
      ...(settings.success ? [] : settingProblems('settings', settings.error)),
      ...(secrets.success ? [] : settingProblems('secrets', secrets.error)),
    ];
    return { outcome: 'invalid', problems };
  }
  const place = originOf(settings.data, secrets.data.apiKey, allowLoopback);
  if (place.outcome === 'unknown') return { outcome: 'invalid', problems: [place.problem] };
  const { apiKey } = secrets.data;
  const organization = settings.data.organization ?? connection.id;
  return { outcome: 'valid', account: { settings: settings.data, apiKey, organization, origin: place.origin } };
}

type Place =
  | { readonly outcome: 'known'; readonly origin: string }
  | { readonly outcome: 'unknown'; readonly problem: string };

/** Only a host of the vendor's is ever given the key: the shard is checked before it becomes part of one. */
function originOf({ shard, apiHost }: ClinikoSettings, apiKey: string, allowLoopback: boolean): Place {
  const named = shardOfKey(apiKey);
  const hasSuffix = apiKey.includes('-') && named !== undefined;
  if (shard !== undefined && hasSuffix && shard !== named)
    return { outcome: 'unknown', problem: 'settings.shard: is another than the one at the end of the API key' };
  const known = shard ?? named;
  if (known === undefined) {
    const problem = 'secrets.apiKey: its end names no shard, as -au2 does: copy the whole key, or set settings.shard';
    return { outcome: 'unknown', problem };
  }
  const host = hostOfShard(known);
  const origin = vendorOrigin(apiHost ?? host, { hosts: [host], allowLoopback });
  return origin === undefined
    ? { outcome: 'unknown', problem: `settings.apiHost: is not ${host}` }
    : { outcome: 'known', origin };
}

/** What the vendor allows, less a margin. It counts no days. */
export function callLimitsOf(settings: ClinikoSettings): CallLimits {
  return {
    perMinute: settings.callsPerMinute,
    concurrent: settings.concurrentCalls,
    resetZone: settings.timeZone,
    callTimeoutMs: 30_000,
  };
}
