import type { OpenConnection, OpenStream } from '../ports/sources.ts';

/** Whether a stream is synced at all: it may be paused, but nobody has taken it or its connection out. */
export function isEnabled({ connection }: Pick<OpenConnection, 'connection'>, { rules }: OpenStream): boolean {
  return connection.enabled && rules.enabled;
}

/** The streams of a connection that are synced without anybody asking: never those whose records people bring. */
export function plannedStreams(connection: OpenConnection): readonly OpenStream[] {
  return connection.streams.filter((stream) => isEnabled(connection, stream) && stream.coverage !== 'import');
}
