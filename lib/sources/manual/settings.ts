import * as z from 'zod/mini';
import { STREAM_NAME } from '../../domain/names.ts';
import { isZone } from '../../domain/zone-clock.ts';
import type { Connection } from '../../ports/connections.ts';
import { settingProblems } from '../kit/setting-problems.ts';
import { COLUMN_NAME, normalTitle } from './normal-title.ts';

/** What people bring in files: those who walked in, and those who left without buying. */
export const MANUAL_STREAMS = ['walk-ins', 'loss-of-sale'] as const;

export type ManualStream = (typeof MANUAL_STREAMS)[number];

const zone = z.string().check(z.refine(isZone, 'is not an IANA time zone such as Asia/Kolkata'));
const title = z.string().check(z.minLength(1), z.maxLength(100));
const columnName = z.string().check(z.regex(COLUMN_NAME, 'may hold only letters and digits, a small letter first'));
const storeId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_.-]{1,96}$/, 'may hold only letters, digits, _ . and -, as partition ids do'));

const streamSchema = z.strictObject({
  /** What a field is called in the file, besides what it is usually called. */
  columns: z._default(z.record(columnName, z.union([title, z.array(title).check(z.minLength(1))])), {}),
  /** Fields kept besides those of the key; absent: every column of the file. */
  keep: z.optional(z.array(columnName)),
  /** What a row without a lead type of its own is. */
  leadType: z.optional(title),
});

const settingsSchema = z.strictObject({
  /** Where the days are. */
  timeZone: zone,
  /** Whether `05/11/2026` is 5 November or 11 May. */
  dateOrder: z.optional(z.enum(['day-first', 'month-first'])),
  /** Of numbers written without one: `91`. */
  countryCode: z.optional(z.string().check(z.regex(/^[1-9]\d{0,2}$/, 'must be one to three digits, such as 91'))),
  /** Digits of a number of that country: 10. */
  nationalDigits: z.optional(z.int().check(z.minimum(5), z.maximum(14))),
  /** The location's id by a store's name, where the name in small letters is not the id. */
  stores: z._default(z.record(title, storeId), {}),
  streams: z._default(
    z.strictObject({ 'walk-ins': z.optional(streamSchema), 'loss-of-sale': z.optional(streamSchema) }),
    {},
  ),
});

export type ManualSettings = z.infer<typeof settingsSchema>;
export type StreamSettings = z.infer<typeof streamSchema>;

export type ParsedSettings =
  | { readonly outcome: 'valid'; readonly settings: ManualSettings }
  | { readonly outcome: 'invalid'; readonly problems: readonly string[] };

/** A connection's settings, or every problem with them. */
export function parseSettings({ settings, secrets }: Connection): ParsedSettings {
  const parsed = settingsSchema.safeParse(settings);
  const problems = [
    ...(parsed.success ? [] : settingProblems('settings', parsed.error)),
    ...(Object.keys(secrets).length > 0 ? ['secrets: a manual connection has none'] : []),
    ...(parsed.success ? twice(parsed.data.stores) : []),
  ];
  return parsed.success && problems.length === 0
    ? { outcome: 'valid', settings: parsed.data }
    : { outcome: 'invalid', problems };
}

/** Names that differ only in case or spaces are one. */
function twice(stores: ManualSettings['stores']): readonly string[] {
  const names = Object.keys(stores).map(normalTitle);
  return new Set(names).size === names.length ? [] : ['settings.stores: names a store twice'];
}

export function isManualStream(name: string): name is ManualStream {
  return STREAM_NAME.test(name) && MANUAL_STREAMS.some((known) => known === name);
}
