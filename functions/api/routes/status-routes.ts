import { toIso } from '../../../lib/domain/instant.ts';
import { describePartition, describePartitions, type PartitionPosition } from '../../../lib/sync/describe-partition.ts';
import { describeConnection, describeStream } from '../../../lib/sync/describe-status.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Checked, ok, refused } from '../problem.ts';
import { type ApiResponse, jsonResponse } from '../response.ts';
import { type Call, defineRoute } from '../router.ts';
import { formatPosition, nothing, pageQuery } from '../schemas/requests.ts';
import type { ConnectionView, PartitionDetailView, StatusView, StreamDetailView } from '../schemas/status.ts';
import { findTarget, type Target } from '../target.ts';
import { brokenView, connectionView, partitionView, streamView, totalsView } from '../views/status-view.ts';

export function statusRoutes(deps: ApiDependencies) {
  const shared = { method: 'GET', scope: 'read', body: nothing } as const;
  const show = async ({ path, query }: Call<{ cursor?: PartitionPosition | undefined }, unknown>) => {
    const target = await findTarget(deps.sources, path);
    return target.outcome === 'problem' ? target : showTarget(deps, target.value, query.cursor);
  };
  return [
    defineRoute({ ...shared, name: 'getStatus', path: '/v1/status', query: nothing, handle: show }),
    defineRoute({
      ...shared,
      name: 'getConnectionStatus',
      path: '/v1/status/{connection}',
      query: nothing,
      handle: show,
    }),
    defineRoute({
      ...shared,
      name: 'getStreamStatus',
      path: '/v1/status/{connection}/{stream}',
      query: pageQuery,
      handle: show,
    }),
    defineRoute({
      ...shared,
      name: 'getPartitionStatus',
      path: '/v1/status/{connection}/{stream}/{partition}',
      query: nothing,
      handle: show,
    }),
  ];
}

async function showTarget(
  deps: ApiDependencies,
  target: Target,
  cursor: PartitionPosition | undefined,
): Promise<Checked<ApiResponse>> {
  switch (target.level) {
    case 'all':
      return showAll(deps, target);
    case 'broken':
      return ok(jsonResponse(200, brokenView(target.broken) satisfies ConnectionView));
    case 'connection': {
      const status = await describeConnection(deps, target.connection);
      return ok(jsonResponse(200, connectionView(status, deps.clock.now())));
    }
    case 'stream':
      return showStream(deps, target, cursor);
    case 'partition':
      return showPartition(deps, target);
  }
}

async function showAll(
  deps: ApiDependencies,
  target: Extract<Target, { level: 'all' }>,
): Promise<Checked<ApiResponse>> {
  const statuses = await Promise.all(target.open.map((open) => describeConnection(deps, open)));
  const now = deps.clock.now();
  const connections = [...statuses.map((status) => connectionView(status, now)), ...target.broken.map(brokenView)];
  const view: StatusView = { at: toIso(now), totals: totalsView(connections), connections };
  return ok(jsonResponse(200, view));
}

async function showStream(
  deps: ApiDependencies,
  target: Extract<Target, { level: 'stream' }>,
  cursor: PartitionPosition | undefined,
): Promise<Checked<ApiResponse>> {
  const [status, page] = await Promise.all([describeStream(deps, target), describePartitions(deps, target, cursor)]);
  const view: StreamDetailView = {
    connection: target.connection.connection.id,
    ...streamView(status, deps.clock.now()),
    partitionList: {
      items: page.partitions.map(partitionView),
      next: page.next === undefined ? null : formatPosition(page.next),
    },
  };
  return ok(jsonResponse(200, view));
}

async function showPartition(
  deps: ApiDependencies,
  target: Extract<Target, { level: 'partition' }>,
): Promise<Checked<ApiResponse>> {
  const status = await describePartition(deps, target, target.partition);
  if (status === undefined) return refusedAsUnknownPartition(target);
  const view: PartitionDetailView = {
    connection: target.connection.connection.id,
    stream: target.stream.name,
    partitionKind: target.stream.partitionKind,
    ...partitionView(status),
  };
  return ok(jsonResponse(200, view));
}

export function refusedAsUnknownPartition({ stream }: Extract<Target, { level: 'partition' }>) {
  return refused(
    'unknown-partition',
    `No ${stream.partitionKind} of this id has been discovered. It appears by itself with its first record; ` +
      'POST /v1/sync/{connection}/{stream} looks for it at once.',
  );
}
