import * as z from 'zod/mini';
import type { CallLimits } from '../../domain/budget.ts';
import type { Connection } from '../../ports/connections.ts';
import type { ParsedAccount } from '../kit/account-source.ts';
import { hostOverride } from '../kit/host-override.ts';
import { settingProblems } from '../kit/setting-problems.ts';

const API_HOST = 'open-api.tiktokglobalshop.com';
const ACCOUNTS_HOST = 'auth.tiktok-shops.com';

/** An order's, a product's or a shop's: digits, up to 19 of them. */
export const TIKTOK_ID = /^[1-9]\d{0,18}$/;

const printable = (most: number) =>
  z
    .string('is missing')
    .check(z.regex(new RegExp(`^[\\x21-\\x7e]{1,${most}}$`), 'must be printable text without spaces'));
const count = (most: number) =>
  z
    .int(`must be a whole number from 1 to ${most}`)
    .check(z.minimum(1, 'must be at least 1'), z.maximum(most, `must be at most ${most}`));

const shop = z.strictObject({
  id: z.string().check(z.regex(TIKTOK_ID, 'must be the digits of a shop id')),
  /** What requests name the shop by. */
  cipher: printable(200),
  name: z.optional(z.string().check(z.maxLength(200))),
});

const settingsSchema = z.strictObject({
  appKey: z.string('is missing').check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'may hold only letters, digits, _ and -')),
  /** The shops to read; all that the application is authorized for when absent. */
  shops: z.optional(
    z.array(shop).check(
      z.minLength(1, 'must name at least one shop'),
      z.refine((shops) => new Set(shops.map(({ id }) => id)).size === shops.length, 'must name each shop once'),
    ),
  ),
  pageSize: z._default(count(100), 100),
  /** How a search goes on: by the vendor's page tokens, or by asking again from the last update time seen. */
  paging: z._default(z.enum(['tokens', 'keyset']), 'tokens'),
  productStatus: z._default(
    z.enum(['ALL', 'DRAFT', 'PENDING', 'FAILED', 'ACTIVATE', 'SELLER_DEACTIVATED', 'PLATFORM_DEACTIVATED', 'FREEZE']),
    'ALL',
  ),
  limits: z._default(
    z.strictObject({
      perMinute: z._default(count(1_000_000), 120),
      concurrent: z._default(count(50), 4),
      perDay: z.optional(count(10_000_000)),
    }),
    { perMinute: 120, concurrent: 4 },
  ),
  apiHost: z.optional(z.string()),
  accountsHost: z.optional(z.string()),
});

const secretsSchema = z.object({ appSecret: printable(256), refreshToken: printable(1_024) });

export type TikTokSettings = z.infer<typeof settingsSchema>;
export type TikTokSecrets = z.infer<typeof secretsSchema>;

export interface TikTokAccount {
  readonly settings: TikTokSettings;
  readonly secrets: TikTokSecrets;
  readonly apiOrigin: string;
  readonly accountsOrigin: string;
}

/** A connection's settings and secrets, or every problem with them in words that hold no secret. */
export function parseAccount(connection: Connection, allowLoopback: boolean): ParsedAccount<TikTokAccount> {
  const settings = settingsSchema.safeParse(connection.settings);
  const secrets = secretsSchema.safeParse(connection.secrets);
  const api = hostOverride('apiHost', connection, { hosts: [API_HOST], allowLoopback });
  const accounts = hostOverride('accountsHost', connection, { hosts: [ACCOUNTS_HOST], allowLoopback });
  const problems = [
    ...(settings.success ? [] : settingProblems('settings', settings.error)),
    ...(secrets.success ? [] : settingProblems('secrets', secrets.error)),
    ...api.problems,
    ...accounts.problems,
  ];
  if (!settings.success || !secrets.success || problems.length > 0) return { outcome: 'invalid', problems };
  const account: TikTokAccount = {
    settings: settings.data,
    secrets: secrets.data,
    apiOrigin: api.origin ?? `https://${API_HOST}`,
    accountsOrigin: accounts.origin ?? `https://${ACCOUNTS_HOST}`,
  };
  return { outcome: 'valid', account };
}

/** TikTok documents no day of calls; who sets one has it begin at midnight UTC. */
export function callLimitsOf({ limits }: TikTokSettings): CallLimits {
  const { perMinute, concurrent, perDay } = limits;
  return {
    perMinute,
    concurrent,
    ...(perDay === undefined ? {} : { perDay }),
    resetZone: 'UTC',
    callTimeoutMs: 30_000,
  };
}
