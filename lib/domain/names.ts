/** Names that become parts of keys, routes and log lines. Each rule is checked once, at the edge. */

/** `main`, `clinic-north`: chosen by the operator. */
export const CONNECTION_ID = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** `registrations`: fixed by the source. */
export const STREAM_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** A partition id as stored: the source's own id, with `{namespace}~` in front when the connection sets one. */
export const PARTITION_ID = /^[A-Za-z0-9_.-]{1,96}(~[A-Za-z0-9_.-]{1,96})?$/;

/** A part of a partition: `2025-01`. Never the name of a layout or of another key of the partition. */
export const SEGMENT = /^[0-9][0-9a-z-]{0,31}$/;

/** A run id: sorts by the time it was made. */
export const RUN_ID = /^[0-9a-z]{9}-[0-9a-z]{8,16}$/;

const MAX_RECORD_ID_LENGTH = 256;

/**
 * Whether a text can be a record's id. Ids are strings end to end. One that begins with `#` is refused because the
 * stamp hash keeps its own fields under such names; control characters are refused because ids stand in keys.
 */
export function isRecordId(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const printable = !/[\u0000-\u001f\u007f]/.test(text) && text.isWellFormed();
  return printable && text.length > 0 && text.length <= MAX_RECORD_ID_LENGTH && !text.startsWith('#');
}

/** One stream of one connection. */
export interface StreamKey {
  readonly connection: string;
  readonly stream: string;
}

/** One partition of one stream: the unit of locking and applying. */
export interface PartitionKey extends StreamKey {
  readonly partition: string;
}

/** The pseudo partition that a walk over a whole stream keeps its lease and its checkpoint under. */
export const WHOLE_STREAM = '*';

/**
 * The pseudo partition that an audit keeps its lease and its checkpoint under: its own, so that it neither waits for
 * who writes the partition nor shares a checkpoint with a full.
 */
export function auditItem(partition: string): string {
  return `*audit:${partition}`;
}

/** The partition, or `*`, that an audit item is about; `undefined` for any other id. */
export function auditedPartition(id: string): string | undefined {
  return id.startsWith('*audit:') ? id.slice('*audit:'.length) : undefined;
}

/** The pseudo partition that an import keeps its lease and its checkpoint under: imports do not wait for each other. */
export function importItem(run: string): string {
  return `*import:${run}`;
}

/** Whether an id is one of those. */
export function isImportItem(id: string): boolean {
  return id.startsWith('*import:');
}

/** Whether an id stands for work on a stream and not for a partition that readers know. */
export function isPseudoPartition(id: string): boolean {
  return id.startsWith(WHOLE_STREAM);
}

export function partitionKey(stream: StreamKey, partition: string): PartitionKey {
  return { connection: stream.connection, stream: stream.stream, partition };
}
