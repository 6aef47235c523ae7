import type { OpenConnection, OpenStream } from '../ports/sources.ts';

/** Whether a stream is synced at all: it may be paused, but nobody has taken it or its connection out. */
export function isEnabled({ connection }: Pick<OpenConnection, 'connection'>, { rules }: OpenStream): boolean {
  return connection.enabled && rules.enabled;
}

/** Whether a stream is synced without anybody asking: never one whose records people bring. */
export function isPlanned(connection: Pick<OpenConnection, 'connection'>, stream: OpenStream): boolean {
  return isEnabled(connection, stream) && stream.coverage !== 'import';
}

export function plannedStreams(connection: OpenConnection): readonly OpenStream[] {
  return connection.streams.filter((stream) => isPlanned(connection, stream));
}
