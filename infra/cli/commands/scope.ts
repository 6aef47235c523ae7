import {
  connectionAnswer,
  type PartitionAnswer,
  partitionAnswer,
  type StreamAnswer,
  statusAnswer,
  streamDetailAnswer,
} from '../answers.ts';
import { type ApiClient, pathOf, withQuery } from '../client.ts';
import type { Names } from '../command.ts';

export interface NamedStream {
  readonly connection: string;
  readonly stream: string;
  readonly status: StreamAnswer;
}

export interface Scope {
  readonly streams: readonly NamedStream[];
  /** Connections that cannot be opened, with what is the matter with them. */
  readonly broken: readonly { readonly connection: string; readonly problems: readonly string[] }[];
}

/** Every stream of what is named; without names, of all connections. */
export async function scopeOf(client: ApiClient, names: Names): Promise<Scope> {
  const [connection, stream] = names;
  if (connection === undefined) {
    const { value } = await client.get('/v1/status', statusAnswer);
    return scopeOfAll(value.connections);
  }
  if (stream === undefined) {
    const { value } = await client.get(pathOf('/v1/status', [connection]), connectionAnswer);
    return scopeOfAll([value]);
  }
  const { value } = await client.get(pathOf('/v1/status', [connection, stream]), streamDetailAnswer);
  return { streams: [{ connection, stream, status: value }], broken: [] };
}

function scopeOfAll(
  connections: readonly {
    readonly id: string;
    readonly problems: readonly string[];
    readonly streams: readonly StreamAnswer[];
  }[],
): Scope {
  return {
    streams: connections.flatMap(({ id, streams }) =>
      streams.map((status) => ({ connection: id, stream: status.stream, status })),
    ),
    broken: connections.flatMap(({ id, problems }) => (problems.length === 0 ? [] : [{ connection: id, problems }])),
  };
}

/** All partitions of a stream, page by page, or the one that is named third. */
export async function partitionsOf(
  client: ApiClient,
  { connection, stream }: Pick<NamedStream, 'connection' | 'stream'>,
  [, , only]: Names,
): Promise<readonly PartitionAnswer[]> {
  const path = pathOf('/v1/status', [connection, stream]);
  if (only !== undefined)
    return [(await client.get(pathOf('/v1/status', [connection, stream, only]), partitionAnswer)).value];
  const partitions: PartitionAnswer[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = new URLSearchParams(cursor === '' ? {} : { cursor });
    const { value } = await client.get(withQuery(path, query), streamDetailAnswer);
    partitions.push(...value.partitionList.items);
    cursor = value.partitionList.next;
  }
  return partitions;
}

const AT_ONCE = 4;

/** Works through a list, a few at a time; gives the results in its order. */
export async function fewAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  }
  return results;
}
