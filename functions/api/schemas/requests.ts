import * as z from 'zod/mini';
import { PLAN_STATES } from '../../../lib/domain/deletion-plan.ts';
import { CONNECTION_ID, PARTITION_ID, STREAM_NAME } from '../../../lib/domain/names.ts';
import type { PartitionPosition } from '../../../lib/sync/describe-partition.ts';

/** What callers may send. Strict: an unknown field is a mistake, not something to ignore. */

export const syncMode = z.enum(['incremental', 'full']);

export const nothing = z.strictObject({});

/** Opaque: where a listing goes on. */
const cursor = z.string().check(z.regex(/^[A-Za-z0-9_.~=+/-]{1,1024}$/));

/** The same for partitions: how many of a page of the store were shown, and where that page begins. */
const partitionCursor = z.pipe(
  z.string().check(z.regex(/^\d{1,5}(\.[A-Za-z0-9_.~=+/-]{1,1024})?$/)),
  z.transform((text: string): PartitionPosition => {
    const dot = text.indexOf('.');
    return dot < 0 ? { offset: Number(text) } : { offset: Number(text.slice(0, dot)), after: text.slice(dot + 1) };
  }),
);

export function formatPosition({ offset, after }: PartitionPosition): string {
  return after === undefined ? String(offset) : `${offset}.${after}`;
}

export const pageQuery = z.strictObject({ cursor: z.optional(partitionCursor) });

const MOST_LISTED = 100;
const DEFAULT_RUNS = 20;

const limit = (most: number, otherwise: number) =>
  z._default(z.coerce.number<string>().check(z.int(), z.minimum(1), z.maximum(most)), otherwise);

const named = { connection: z.optional(z.string().check(z.regex(CONNECTION_ID))) };

export const runQuery = z.strictObject({
  ...named,
  stream: z.optional(z.string().check(z.regex(STREAM_NAME))),
  partition: z.optional(z.string().check(z.regex(PARTITION_ID))),
  limit: limit(MOST_LISTED, DEFAULT_RUNS),
  cursor: z.optional(cursor),
});

export const planQuery = z.strictObject({
  ...named,
  state: z.optional(z.enum(PLAN_STATES)),
  limit: limit(MOST_LISTED, MOST_LISTED),
});

/** For streams without locators: where to look for a record. */
const within = { partition: z.optional(z.string().check(z.regex(PARTITION_ID))) };

export const recordQuery = z.strictObject(within);

export const excludedQuery = z.strictObject({ ...within, cursor: z.optional(cursor) });

export const explainQuery = z.strictObject({ ...within, source: z.optional(z.enum(['true', 'false'])) });

export const auditBody = z
  .strictObject({ repair: z.optional(z.boolean()), deep: z.optional(z.boolean()) })
  .register(z.globalRegistry, {
    id: 'AuditBody',
    description:
      '`repair`: write what is missing, stale or corrupt, and remove what is extra; by default as the policy says. ' +
      '`deep`: compare the contents of every record inside the cache, not of a sample.',
    examples: [{ repair: false }, { deep: true }],
  });

/** As long as the request may take, no more are found. */
const MOST_REDRIVEN = 500;

export const limitQuery = z.strictObject({ limit: limit(MOST_LISTED, MOST_LISTED) });

export const redriveBody = z
  .strictObject({
    ids: z.optional(z.array(z.string().check(z.regex(/^[A-Za-z0-9-]{1,100}$/))).check(z.maxLength(MOST_LISTED))),
    limit: z._default(z.int().check(z.minimum(1), z.maximum(MOST_REDRIVEN)), MOST_LISTED),
  })
  .register(z.globalRegistry, {
    id: 'RedriveBody',
    examples: [{ limit: 100 }, { ids: ['0d1c7c1e-5a0e-4a55-9d7e-3d0c9a4a2d11'], limit: 100 }],
  });

export const quarantineQuery = z.strictObject({ limit: limit(1_000, MOST_LISTED) });

export const syncBody = z
  .strictObject({ mode: z.optional(syncMode) })
  .register(z.globalRegistry, { id: 'SyncBody', examples: [{ mode: 'full' }, { mode: 'incremental' }] });
