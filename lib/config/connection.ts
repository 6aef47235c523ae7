import * as z from 'zod/mini';
import { parseCron } from '../domain/cron.ts';
import { CONNECTION_ID, STREAM_NAME } from '../domain/names.ts';
import { AUDIT_MODES, CONFLICT_POLICIES } from '../domain/sync-rules.ts';
import { isZone } from '../domain/zone-clock.ts';
import type { BrokenConnection, Connection } from '../ports/connections.ts';
import './english.ts';

const minutes = z.exactOptional(z.number().check(z.minimum(1), z.maximum(1_440)));

const cron = z.exactOptional(
  z
    .string()
    .check(
      z.refine((text) => parseCron(text) !== undefined, 'must be a cron expression of five fields, as 0 2 * * 1-5'),
    ),
);

const schedule = z.strictObject({
  changes: cron,
  full: cron,
  timeZone: z.exactOptional(z.string().check(z.refine(isZone, 'must be an IANA time zone, as Europe/London'))),
  skipWithinMinutes: z.exactOptional(z.number().check(z.minimum(0), z.maximum(1_440))),
});

const shared = {
  intervalMinutes: minutes,
  staleAfterMinutes: minutes,
  overlapMinutes: minutes,
  settleSeconds: z.exactOptional(z.number().check(z.minimum(0), z.maximum(3_600))),
  audit: z.exactOptional(z.enum(AUDIT_MODES)),
  schedule: z.exactOptional(schedule),
};

const streamPolicy = z.strictObject({
  ...shared,
  enabled: z.exactOptional(z.boolean()),
  onConflict: z.exactOptional(z.enum(CONFLICT_POLICIES)),
});

const streamName = z.string().check(z.regex(STREAM_NAME, "must be a stream's name, as bookings"));

const entry = z.strictObject({
  id: z.string().check(z.regex(CONNECTION_ID, 'must be 1 to 32 of a-z, 0-9 and -')),
  source: z.string().check(z.regex(/^[a-z0-9-]{1,32}$/, 'must name a kind of source, as zoho-creator')),
  enabled: z._default(z.boolean(), true),
  namespace: z.exactOptional(
    z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,96}$/, 'must be 1 to 96 of A-Z, a-z, 0-9, _, . and -')),
  ),
  policy: z._default(z.strictObject({ ...shared, streams: z.exactOptional(z.record(streamName, streamPolicy)) }), {}),
  settings: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.string()),
});

/**
 * Reads a connection's parameter. What the source demands of `settings` and `secrets` is for the source to check.
 * @param id the last part of the parameter's name, which the entry must repeat
 * @returns the connection, or every problem at once, in words that hold no value of the parameter
 */
export function parseConnection(id: string, text: string): Connection | BrokenConnection {
  const value = parseJson(text);
  if (value === undefined) return { id, problems: ['the parameter is not JSON'] };
  const parsed = entry.safeParse(value);
  if (!parsed.success) return { id, problems: parsed.error.issues.map(problemOf) };
  if (parsed.data.id !== id) return { id, problems: ["id: must be the last part of the parameter's name"] };
  return parsed.data;
}

/** Messages of the schema say what is expected, never what was found. */
function problemOf(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.') || 'the entry';
  return issue.code === 'unrecognized_keys'
    ? `${path}: unknown field ${issue.keys.join(', ')}`
    : `${path}: ${isMissing(issue) ? 'is missing' : issue.message}`;
}

function isMissing({ code, message }: z.core.$ZodIssue): boolean {
  return code === 'invalid_type' && message.endsWith('received undefined');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
