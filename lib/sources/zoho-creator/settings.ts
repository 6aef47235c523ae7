import * as z from 'zod/mini';
import type { CallLimits } from '../../domain/budget.ts';
import { isZone } from '../../domain/zone-clock.ts';
import type { Connection } from '../../ports/connections.ts';
import type { ParsedAccount } from '../kit/account-source.ts';
import { hostOverride } from '../kit/host-override.ts';
import { settingProblems } from '../kit/setting-problems.ts';
import { LINK_NAME } from './criteria.ts';
import { ACCOUNTS_HOSTS, API_HOSTS, DATA_CENTERS } from './data-centers.ts';
import { DATE_FORMATS } from './date-codec.ts';

const linkName = z.string().check(z.regex(LINK_NAME, 'is not a link name: a letter, then letters, digits and _'));
const slug = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/, 'may hold only letters, digits, . _ and -'));
const secret = z.string('is missing').check(z.regex(/^[\x21-\x7e]{1,1024}$/, 'must be printable text without spaces'));
const zone = z.string().check(z.refine(isZone, 'is not an IANA time zone such as Europe/London'));
const count = (most: number, limit: string) =>
  z
    .int(`must be a whole number from 1 to ${most}`)
    .check(z.minimum(1, 'must be at least 1'), z.maximum(most, `must be at most ${most}: ${limit}`));

const settingsSchema = z.strictObject({
  dataCenter: z.enum(['US', 'EU', 'IN', 'AU', 'JP', 'CA', 'SA', 'CN', 'UK']),
  /** Account owner and application, as they stand in the application's address. */
  owner: slug,
  app: slug,
  registrations: z.strictObject({
    report: linkName,
    eventField: z._default(linkName, 'Event_Info'),
    fields: z.optional(z.array(linkName).check(z.minLength(1, 'must name at least one field'))),
  }),
  events: z.strictObject({ report: linkName, titleField: z.optional(linkName) }),
  timeZone: zone,
  dateFormat: z._default(z.enum(DATE_FORMATS), 'dd-MMM-yyyy'),
  /** The plan's calls a day: Free 250, Standard 250, Professional 500, Enterprise 1,000 a user. */
  callsPerDay: z._default(count(1_000_000, 'no plan has more'), 250),
  callsPerMinute: z._default(count(50, "the vendor's limit"), 45),
  concurrentCalls: z._default(count(6, "the vendor's limit"), 5),
  /** Zone of the super administrator, at whose midnight the day's calls begin anew. */
  quotaZone: z.optional(zone),
  pageSize: z._default(z.literal([200, 500, 1000]), 1000),
  fieldConfig: z._default(z.enum(['all', 'detail_view', 'quick_view', 'custom']), 'all'),
  /** What a sweep asks for: ids and times alone, or records as they are always read. */
  sweepFields: z._default(z.enum(['custom', 'all']), 'custom'),
  lookupCriterion: z._default(z.enum(['dot-id', 'bare', 'quoted']), 'dot-id'),
  cursorParameters: z._default(z.enum(['repeat', 'omit']), 'repeat'),
  environment: z.optional(z.enum(['development', 'stage'])),
  addedTimeField: z._default(linkName, 'Added_Time'),
  modifiedTimeField: z._default(linkName, 'Modified_Time'),
  apiHost: z.optional(z.string()),
  accountsHost: z.optional(z.string()),
});

/** Matched when the fields are left out that `custom` needs; asked apart, so that other problems do not hide this one. */
const fieldsMissing = z.object({
  fieldConfig: z.literal('custom'),
  registrations: z.object({ fields: z.optional(z.undefined()) }),
});

/** Matched when there are fields that are not asked for. */
const fieldsUnused = z.object({
  fieldConfig: z.optional(z.enum(['all', 'detail_view', 'quick_view'])),
  registrations: z.object({ fields: z.array(z.unknown()) }),
});

/** What webhooks are signed with: long enough that nobody guesses it. */
const signingSecret = z.string().check(z.regex(/^[\x21-\x7e]{32,256}$/, 'must be 32 to 256 printable characters'));

/** What a connection's webhooks are signed with; `undefined` when nothing is set, or something that could be guessed. */
export function signingSecretOf({ secrets }: Connection): string | undefined {
  const parsed = signingSecret.safeParse(secrets.webhookSecret);
  return parsed.success ? parsed.data : undefined;
}

const secretsSchema = z.object({
  clientId: secret,
  clientSecret: secret,
  refreshToken: secret,
  webhookSecret: z.optional(signingSecret),
});

export type ZohoSettings = z.infer<typeof settingsSchema>;
export type ZohoSecrets = z.infer<typeof secretsSchema>;

export interface ZohoAccount {
  readonly settings: ZohoSettings;
  readonly secrets: ZohoSecrets;
  readonly accountsOrigin: string;
  /** Where the API is when the token response does not say so. */
  readonly apiOrigin: string;
  /** Whether `apiOrigin` was set by the operator: then it stands, whatever the token response says. */
  readonly apiOriginIsFixed: boolean;
}

/** A connection's settings and secrets, or every problem with them in words that hold no secret. */
export function parseAccount(connection: Connection, allowLoopback: boolean): ParsedAccount<ZohoAccount> {
  const settings = settingsSchema.safeParse(connection.settings);
  const secrets = secretsSchema.safeParse(connection.secrets);
  const api = hostOverride('apiHost', connection, { hosts: API_HOSTS, allowLoopback });
  const accounts = hostOverride('accountsHost', connection, { hosts: ACCOUNTS_HOSTS, allowLoopback });
  const problems = [
    ...(settings.success ? [] : settingProblems('settings', settings.error)),
    ...(secrets.success ? [] : settingProblems('secrets', secrets.error)),
    ...(fieldsMissing.safeParse(connection.settings).success
      ? ['settings.registrations.fields: is needed when fieldConfig is "custom"']
      : []),
    ...(fieldsUnused.safeParse(connection.settings).success
      ? ['settings.registrations.fields: is read with fieldConfig "custom" only: set that too, or leave it out']
      : []),
    ...api.problems,
    ...accounts.problems,
  ];
  if (!settings.success || !secrets.success || problems.length > 0) return { outcome: 'invalid', problems };
  const hosts = DATA_CENTERS[settings.data.dataCenter];
  const account: ZohoAccount = {
    settings: settings.data,
    secrets: secrets.data,
    accountsOrigin: accounts.origin ?? `https://${hosts.accounts}`,
    apiOrigin: api.origin ?? `https://${hosts.api}`,
    apiOriginIsFixed: api.origin !== undefined,
  };
  return { outcome: 'valid', account };
}

/** The zone in whose midnight the day's calls begin anew. */
export function quotaZoneOf(settings: ZohoSettings): string {
  return settings.quotaZone ?? settings.timeZone;
}

export function callLimitsOf(settings: ZohoSettings): CallLimits {
  return {
    perMinute: settings.callsPerMinute,
    concurrent: settings.concurrentCalls,
    perDay: settings.callsPerDay,
    resetZone: quotaZoneOf(settings),
    callTimeoutMs: 30_000,
  };
}
