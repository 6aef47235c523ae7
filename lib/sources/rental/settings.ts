import * as z from 'zod/mini';
import type { CallLimits } from '../../domain/budget.ts';
import { isZone } from '../../domain/zone-clock.ts';
import type { Connection } from '../../ports/connections.ts';
import type { ParsedAccount } from '../kit/account-source.ts';
import { isPlainDate } from '../kit/plain-date.ts';
import { settingProblems } from '../kit/setting-problems.ts';
import { vendorOrigin } from '../kit/vendor-origin.ts';

const path = z
  .string()
  .check(z.regex(/^(?:\/[A-Za-z0-9._~-]{1,64}){1,8}$/, 'is not a path such as /api/Location/LocationList'));
const text = z.string().check(z.regex(/^[^\p{C}]{0,200}$/u, 'must be text of at most 200 characters'));
const fieldName = z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9 ._-]{0,63}$/, 'is not a field name'));
const slug = z.string().check(z.regex(/^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/, 'may hold only a-z, 0-9 and -'));
const zone = z.string().check(z.refine(isZone, 'is not an IANA time zone such as Asia/Kolkata'));
const day = z.string().check(z.refine(isPlainDate, 'is not a day such as 2024-01-01'));
const whole = (least: number, most: number) =>
  z
    .int(`must be a whole number from ${least} to ${most}`)
    .check(z.minimum(least, `must be at least ${least}`), z.maximum(most, `must be at most ${most}`));

function windowed(defaults: { readonly path: string; readonly futureDays: number; readonly leadType: string }) {
  return z.strictObject({
    path: z._default(path, defaults.path),
    windowDays: z._default(whole(1, 92), 7),
    /** At least the day that clocks and zones may be apart. */
    futureDays: z._default(whole(1, 1_096), defaults.futureDays),
    leadType: z._default(slug, defaults.leadType),
  });
}

const BOOKINGS = { path: '/api/GetBooking/GetBookingSummary', futureDays: 180, leadType: 'booking' };
const RETURNS = { path: '/api/Reports/GetReturnReport', futureDays: 1, leadType: 'return' };

const settingsSchema = z.strictObject({
  host: z._default(z.string(), 'rentalapi.rootments.live'),
  timeZone: zone,
  /** Fixed: a beginning that moved along would let records drop out every day, each asked for by its number. */
  historyFrom: day,
  daysPerCall: z._default(whole(1, 366), 31),
  bookings: z.prefault(windowed(BOOKINGS), {}),
  returns: z.prefault(windowed(RETURNS), {}),
  storesPath: z._default(path, '/api/Location/LocationList'),
  contentType: z._default(z.enum(['json', 'json-patch+json']), 'json'),
  userName: z._default(text, ''),
  userID: z._default(text, ''),
  months: z._default(text, ''),
  locationParameter: z._default(z.enum(['locationID', 'fromLocation']), 'locationID'),
  /** Whether the location that a row names is believed. */
  rowsNameLocation: z._default(z.boolean(), true),
  /** Whether a query for one booking number leaves the days open, or spans all of them. */
  bookingNoDates: z._default(z.enum(['unset', 'all']), 'unset'),
  emptyTexts: z._default(z.array(text.check(z.minLength(1, 'must not be empty'))), []),
  fields: z.prefault(
    z.strictObject({
      bookingNo: z.optional(fieldName),
      phone: z.optional(fieldName),
      name: z.optional(fieldName),
      leadType: z.optional(fieldName),
      location: z.optional(fieldName),
      store: z.optional(fieldName),
      storeId: z.optional(fieldName),
      storeName: z.optional(fieldName),
    }),
    {},
  ),
  phone: z.prefault(
    z.strictObject({
      countryCode: z._default(z.string().check(z.regex(/^[1-9]\d{0,2}$/, 'is not a country code such as 91')), '91'),
      nationalDigits: z._default(whole(4, 14), 10),
    }),
    {},
  ),
  /** Of one answer. A function lives for fifteen minutes. */
  timeoutSeconds: z._default(whole(5, 840), 600),
  callsPerMinute: z._default(whole(1, 1_000), 60),
  // The four workers of the slow lane, the planner and the two of a common lane; and a place that is kept for the urgent.
  concurrentCalls: z._default(whole(1, 50), 8),
  callsPerDay: z._default(whole(1, 1_000_000), 20_000),
});

const secretsSchema = z.object({
  token: z.optional(z.string().check(z.regex(/^[\x21-\x7e]{1,4096}$/, 'must be printable text without spaces'))),
});

export type RentalSettings = z.infer<typeof settingsSchema>;

export interface RentalAccount {
  readonly settings: RentalSettings;
  /** Of every request: nothing is sent anywhere else. */
  readonly origin: string;
  /** Where the API wants one. */
  readonly token?: string;
}

/** A connection's settings and secrets, or every problem with them in words that hold no secret. */
export function parseAccount(connection: Connection, allowLoopback: boolean): ParsedAccount<RentalAccount> {
  const settings = settingsSchema.safeParse(connection.settings);
  const secrets = secretsSchema.safeParse(connection.secrets);
  const origin = settings.success ? originOf(settings.data.host, allowLoopback) : undefined;
  const problems = [
    ...(settings.success ? [] : settingProblems('settings', settings.error)),
    ...(secrets.success ? [] : settingProblems('secrets', secrets.error)),
    ...(settings.success && origin === undefined
      ? ['settings.host: is not the name of a host such as rentalapi.rootments.live']
      : []),
  ];
  if (!settings.success || !secrets.success || origin === undefined) return { outcome: 'invalid', problems };
  const { token } = secrets.data;
  return { outcome: 'valid', account: { settings: settings.data, origin, ...(token === undefined ? {} : { token }) } };
}

/**
 * Nobody gives a place back, and an environment that has ended would keep its own for as long as an answer may take.
 * Longer answers are counted no more; how many of them there are at once is bounded by the workers of the slow lane.
 */
const PLACE_LAPSES_MS = 30_000;

export function callLimitsOf(settings: RentalSettings): CallLimits {
  return {
    perMinute: settings.callsPerMinute,
    concurrent: settings.concurrentCalls,
    perDay: settings.callsPerDay,
    resetZone: settings.timeZone,
    callTimeoutMs: PLACE_LAPSES_MS,
  };
}

/** Always https, and a host with a name: an address could be any machine. */
function originOf(host: string, allowLoopback: boolean): string | undefined {
  const name = /^(?:https:\/\/)?((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})\/?$/.exec(host)?.[1];
  return vendorOrigin(host, { hosts: name === undefined ? [] : [name], allowLoopback });
}
