import type { PartitionKey, StreamKey } from '../../domain/names.ts';

/** The key of one item. Neither a connection's id nor a stream's name holds a `#`. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

export const PARTITION_PREFIX = 'partition#';
export const QUARANTINE_PREFIX = 'quarantine#';
export const RUN_PREFIX = 'run#';

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

export function runItemKey(connection: string, run: string): ItemKey {
  return { pk: connection, sk: `${RUN_PREFIX}${run}` };
}

export function deadLetterItemKey(message: string): ItemKey {
  return { pk: DEAD_LETTERS_PK, sk: message };
}
