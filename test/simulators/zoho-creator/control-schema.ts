import * as z from 'zod';
import { parseIsoInstant } from '../../../lib/domain/instant.ts';
import { FAULTS, type FaultName } from './faults.ts';

const instant = z.string().transform((text, context) => {
  const parsed = parseIsoInstant(text);
  if (parsed !== undefined) return parsed;
  context.addIssue('not an ISO-8601 instant with an offset');
  return z.NEVER;
});

const lookup = z.strictObject({ ID: z.string(), display_value: z.string(), zc_display_value: z.string() });
const fields = z.record(z.string(), z.union([z.string(), z.array(z.string()), lookup, z.array(lookup)]));

const recordParts = {
  modified: instant.exactOptional(),
  fields: fields.exactOptional(),
  omit: z.array(z.string()).exactOptional(),
  raw: z.record(z.string(), z.string()).exactOptional(),
};

export const EDIT = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('insert'),
    id: z.string().exactOptional(),
    event: z.string().nullable(),
    added: instant.exactOptional(),
    ...recordParts,
  }),
  z.strictObject({
    do: z.literal('edit'),
    id: z.string(),
    event: z.string().nullable().exactOptional(),
    ...recordParts,
  }),
  z.strictObject({ do: z.literal('move'), id: z.string(), event: z.string() }),
  z.strictObject({ do: z.literal('delete'), id: z.string() }),
  z.strictObject({
    do: z.literal('bulk-insert'),
    event: z.string(),
    count: z.int().min(0).max(100_000),
    modified: instant.exactOptional(),
  }),
  z.strictObject({
    do: z.literal('add-event'),
    id: z.string().exactOptional(),
    title: z.string(),
    added: instant.exactOptional(),
  }),
  z.strictObject({ do: z.literal('remove-event'), id: z.string() }),
]);

const faultName = z.string().refine((name): name is FaultName => name in FAULTS, 'no fault of this name');
const status = z.int().min(200).max(599);

const fault = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answer'),
    status,
    body: z.string(),
    headers: z.record(z.string(), z.string()).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('code'), status, code: z.int(), retryAfter: z.string().exactOptional() }),
  z.strictObject({ kind: z.literal('html'), status }),
  z.strictObject({ kind: z.literal('delay'), delayMs: z.int().min(0).max(600_000) }),
]);

export const FAULT_RULE = z.strictObject({
  on: z.enum(['token', 'registrations', 'events', 'other', 'records', 'all']).default('records'),
  fault: z.union([faultName, fault]),
  after: z.int().min(0).exactOptional(),
  times: z.int().min(1).exactOptional(),
  probability: z.number().min(0).max(1).exactOptional(),
});

export const EDITS = z.strictObject({ edits: z.array(EDIT).max(10_000) });

export const HOOK = z.strictObject({
  afterPage: z.int().min(1),
  stream: z.enum(['registrations', 'events']).default('registrations'),
  edits: z.array(EDIT).min(1),
});

export const BATCH = z.strictObject({ changes: z.int().min(1).default(25), events: z.int().min(1).default(5) });

export const EDITING = z.strictObject({
  everyMs: z.int().min(10),
  deletes: z.number().min(0).max(0.5).exactOptional(),
});

export const LIMITS = z.strictObject({
  perMinute: z.int().min(0).exactOptional(),
  concurrent: z.int().min(0).exactOptional(),
  perDay: z.int().min(0).exactOptional(),
  dayUsed: z.int().min(0).exactOptional(),
});

export const CLOCK = z.union([z.strictObject({ skewMs: z.int() }), z.strictObject({ stepMs: z.int() })]);

export const REVOCATION = z.strictObject({ refreshToken: z.boolean().exactOptional() });

const errorShape = z.strictObject({ status, code: z.int() });

export const BEHAVIOUR = z.strictObject({
  codeAs: z.enum(['number', 'string']).exactOptional(),
  noMatchStatus: status.exactOptional(),
  criteriaError: errorShape.exactOptional(),
  lookupForms: z.array(z.enum(['dot', 'number', 'text'])).exactOptional(),
  wrongLookupForm: z.enum(['error', 'matches-nothing']).exactOptional(),
  cursorParameters: z.enum(['optional', 'required', 'forbidden']).exactOptional(),
  cursorLifetimeMs: z.int().min(0).exactOptional(),
  cursorError: errorShape.exactOptional(),
  order: z.enum(['hash', 'id']).exactOptional(),
  minuteWindow: z.enum(['sliding', 'fixed']).exactOptional(),
  retryAfter: z.enum(['absent', 'seconds', 'date']).exactOptional(),
  customView: z.enum(['honoured', 'everything', 'refused']).exactOptional(),
  hiddenFields: z.array(z.string()).exactOptional(),
  latencyMs: z.int().min(0).max(60_000).exactOptional(),
  indexLagMs: z.int().min(0).max(600_000).exactOptional(),
});
