/**
 * The variables the template sets on every function: the contract between `infra/` and `functions/`. Values that are
 * secret or change without a deploy are not here but in parameters under `PARAMETER_PREFIX`.
 */
export const ENVIRONMENT_VARIABLES = [
  'STAGE',
  'TABLE_NAME',
  'PRIORITY_QUEUE_URL',
  'SCHEDULED_QUEUE_URL',
  'IMPORTS_QUEUE_URL',
  'SLOW_QUEUE_URL',
  'DEAD_LETTER_QUEUE_URL',
  'IMPORTS_BUCKET',
  'PARAMETER_PREFIX',
  /** JSON of `Policy`. */
  'POLICY',
] as const;

export type EnvironmentVariable = (typeof ENVIRONMENT_VARIABLES)[number];

/** Parameters of a stage, all SecureStrings below its prefix (`/tidemark/{stage}`). */
export const PARAMETERS = {
  /** `{prefix}/connections/{id}`: one connection each. */
  connections: 'connections',
  /** `{prefix}/redis`: `{"url":…,"token":…}`. */
  redis: 'redis',
  /** `{prefix}/api-tokens`: `{"read":[sha-256 hex…],"operate":[sha-256 hex…]}`. */
  apiTokens: 'api-tokens',
} as const;

/**
 * Set to `allow` by the local host alone, never by a template: lets a connection name plain-http loopback hosts.
 */
export const LOOPBACK_VARIABLE = 'TIDEMARK_LOOPBACK_SOURCES';

/** The table's sparse index of partitions with unfinished work. */
export const UNFINISHED_INDEX = 'unfinished';

/**
 * What the index copies besides keys: enough to decide without the item, small enough for one write unit, and nothing
 * that taking or renewing a lease writes, since each change of a copy costs a write unit of its own. In the order of
 * `partition-item.ts`: pending since, marked, rebuild, moved; failures; instant of the last run.
 */
export const UNFINISHED_COPIES = ['ps', 'mk', 'rb', 'hm', 'fl', 'lr'] as const;

/** Key attributes of the table and of its index; `expires_at` is the TTL attribute (epoch seconds). */
export const TABLE_KEYS = {
  partitionKey: 'pk',
  sortKey: 'sk',
  ttl: 'expires_at',
  indexPartitionKey: 'unfinished_stream',
  indexSortKey: 'unfinished_since',
} as const;
