import type { StreamKey } from '../../lib/domain/names.ts';
import type { BrokenConnection } from '../../lib/ports/connections.ts';
import type { OpenConnection, OpenConnections, OpenStream, Sources } from '../../lib/ports/sources.ts';
import { type Checked, ok, refused } from './problem.ts';
import type { PathParameters } from './request.ts';

/** What a path names: everything, or one connection, stream or partition. Ids are those of the source. */
export type Target =
  | ({ readonly level: 'all' } & OpenConnections)
  | { readonly level: 'connection'; readonly connection: OpenConnection }
  | { readonly level: 'broken'; readonly broken: BrokenConnection }
  | { readonly level: 'stream'; readonly connection: OpenConnection; readonly stream: OpenStream }
  | {
      readonly level: 'partition';
      readonly connection: OpenConnection;
      readonly stream: OpenStream;
      readonly partition: string;
    };

/** Finds what a path names. A partition is only checked to be a possible id of its source: it may be unknown. */
export async function findTarget(sources: Sources, path: PathParameters): Promise<Checked<Target>> {
  const list = await sources.list();
  if (path.connection === undefined) return ok({ level: 'all', ...list });
  const connection = list.open.find((open) => open.connection.id === path.connection);
  if (connection === undefined) return findBroken(list, path);
  if (path.stream === undefined) return ok({ level: 'connection', connection });
  const stream = connection.streams.find(({ name }) => name === path.stream);
  if (stream === undefined) {
    return refused('unknown-stream', 'GET /v1/status/{connection} shows the streams of a connection.');
  }
  if (path.partition === undefined) return ok({ level: 'stream', connection, stream });
  if (!connection.source('force').isPartitionId(stream.name, path.partition)) {
    return refused(
      'invalid',
      `The path does not end in the id of a partition (${stream.partitionKind}) at this source.`,
    );
  }
  return ok({ level: 'partition', connection, stream, partition: path.partition });
}

function findBroken(list: OpenConnections, path: PathParameters): Checked<Target> {
  const broken = list.broken.find(({ id }) => id === path.connection);
  if (broken === undefined) return refused('unknown-connection', 'GET /v1/status shows all connections.');
  return path.stream === undefined ? ok({ level: 'broken', broken }) : refusedAsBroken(broken);
}

/** For work that needs the connection to be opened. */
export function refusedAsBroken({ problems }: BrokenConnection) {
  return refused('connection-broken', 'Correct the parameter of this connection; it is read again within a minute.', {
    errors: problems,
  });
}

export interface StreamOfConnection {
  readonly connection: OpenConnection;
  readonly stream: OpenStream;
}

/** All streams of some connections. */
export function streamsOf(connections: readonly OpenConnection[]): readonly StreamOfConnection[] {
  return connections.flatMap((connection) => connection.streams.map((stream) => ({ connection, stream })));
}

export function streamKeyOf({ connection, stream }: StreamOfConnection): StreamKey {
  return { connection: connection.connection.id, stream: stream.name };
}

/** All streams of what a path names. */
export function streamsNamed(target: Exclude<Target, { level: 'broken' }>): readonly StreamOfConnection[] {
  switch (target.level) {
    case 'all':
      return streamsOf(target.open);
    case 'connection':
      return streamsOf([target.connection]);
    case 'stream':
    case 'partition':
      return [target];
  }
}

/** The one stream that a path names, whose connection can be opened. */
export async function findStream(sources: Sources, path: PathParameters): Promise<Checked<StreamOfConnection>> {
  const target = await findTarget(sources, path);
  if (target.outcome === 'problem') return target;
  switch (target.value.level) {
    case 'stream':
    case 'partition':
      return ok({ connection: target.value.connection, stream: target.value.stream });
    case 'broken':
      return refusedAsBroken(target.value.broken);
    case 'connection':
    case 'all':
      return refused('invalid', 'Name a stream.');
  }
}
