import { hash } from 'node:crypto';
import type { PlanReason } from '../../domain/deletion-plan.ts';
import type { PartitionKey, StreamKey } from '../../domain/names.ts';

/** The key of one item. Neither a connection's id nor a stream's name holds a `#`. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

export const PARTITION_PREFIX = 'partition#';
export const QUARANTINE_PREFIX = 'quarantine#';
export const RUN_PREFIX = 'run#';
export const PLAN_PREFIX = 'plan#';
export const DRIFT_PREFIX = 'drift#';
export const FORGOTTEN_PREFIX = 'forgotten#';
export const REGISTRY_PREFIX = 'connection#';

/** What stands where a connection's id would, for what is known of all of them: no id begins with a `#`. */
export const REGISTRY_PK = '#registry';

/** Of what belongs to no connection. */
const DEAD_LETTERS_PK = '#dead-letters';

export function streamPk(stream: StreamKey): string {
  return `${stream.connection}#${stream.stream}`;
}

export function partitionItemKey(key: PartitionKey): ItemKey {
  return { pk: streamPk(key), sk: `${PARTITION_PREFIX}${key.partition}` };
}

export function streamItemKey(key: StreamKey): ItemKey {
  return { pk: streamPk(key), sk: 'stream' };
}

export function quarantineItemKey(stream: StreamKey, record: string): ItemKey {
  return { pk: streamPk(stream), sk: `${QUARANTINE_PREFIX}${record}` };
}

export function budgetItemKey(connection: string): ItemKey {
  return { pk: connection, sk: 'budget' };
}

export function tokenItemKey(connection: string): ItemKey {
  return { pk: connection, sk: 'token' };
}

export function planItemKey(connection: string, plan: string): ItemKey {
  return { pk: connection, sk: `${PLAN_PREFIX}${plan}` };
}

/** Of the pointer to the plan that is held. */
export function heldPlanItemKey(key: PartitionKey, reason: PlanReason): ItemKey {
  return { pk: key.connection, sk: `held-plan#${key.stream}#${reason}#${key.partition}` };
}

export function driftItemKey(key: PartitionKey): ItemKey {
  return { pk: streamPk(key), sk: `${DRIFT_PREFIX}${key.partition}` };
}

export function forgottenItemKey(stream: StreamKey, record: string): ItemKey {
  return { pk: streamPk(stream), sk: `${FORGOTTEN_PREFIX}${record}` };
}

export function deletionsItemKey(connection: string): ItemKey {
  return { pk: connection, sk: 'deletions' };
}

/** Deliveries are named by vendors, at any length. */
export function deliveryItemKey(connection: string, delivery: string): ItemKey {
  return { pk: connection, sk: `delivery#${hash('sha256', delivery)}` };
}

export function hintsItemKey(stream: StreamKey): ItemKey {
  return { pk: streamPk(stream), sk: 'hints' };
}

export function registryItemKey(connection: string): ItemKey {
  return { pk: REGISTRY_PK, sk: `${REGISTRY_PREFIX}${connection}` };
}

export function runItemKey(connection: string, run: string): ItemKey {
  return { pk: connection, sk: `${RUN_PREFIX}${run}` };
}

export function deadLetterItemKey(message: string): ItemKey {
  return { pk: DEAD_LETTERS_PK, sk: message };
}
