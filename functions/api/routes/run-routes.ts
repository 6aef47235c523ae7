import type * as z from 'zod/mini';
import type { RunFilter } from '../../../lib/ports/run-store.ts';
import { cancelRun } from '../../../lib/sync/cancel-run.ts';
import { knownConnections } from '../../../lib/sync/known-connections.ts';
import { getRun, listLatestRuns, listRuns } from '../../../lib/sync/list-runs.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Checked, ok, refused } from '../problem.ts';
import { type ApiResponse, jsonResponse } from '../response.ts';
import { defineRoute } from '../router.ts';
import { nothing, runQuery } from '../schemas/requests.ts';
import type { CancelAnswer } from '../schemas/run.ts';
import { findTarget } from '../target.ts';
import { runListView, runView } from '../views/run-view.ts';

export function runRoutes(deps: ApiDependencies) {
  const shared = { method: 'GET', scope: 'read', body: nothing } as const;
  return [
    defineRoute({
      ...shared,
      name: 'listRuns',
      path: '/v1/runs',
      query: runQuery,
      handle: ({ query }) => list(deps, query),
    }),
    defineRoute({
      ...shared,
      name: 'getRun',
      path: '/v1/runs/{run}',
      query: nothing,
      handle: ({ path }) => show(deps, path.run ?? ''),
    }),
    defineRoute({
      method: 'POST',
      scope: 'operate',
      query: nothing,
      body: nothing,
      name: 'cancelRun',
      path: '/v1/runs/{run}/cancel',
      handle: ({ path }) => cancel(deps, path.run ?? ''),
    }),
  ];
}

async function list(deps: ApiDependencies, query: z.infer<typeof runQuery>): Promise<Checked<ApiResponse>> {
  const { connection, stream, partition, cursor, limit } = query;
  if (partition !== undefined && stream === undefined) return refused('invalid', 'A partition needs its stream.');
  if (connection === undefined) {
    if (stream !== undefined || cursor !== undefined) return refused('invalid', 'Name the connection too.');
    return listAll(deps, limit);
  }
  const target = await findTarget(deps.sources, {
    connection,
    ...(stream === undefined ? {} : { stream }),
    ...(partition === undefined ? {} : { partition }),
  });
  if (target.outcome === 'problem') return target;
  const filter: RunFilter = {
    connection,
    limit,
    ...(stream === undefined ? {} : { stream }),
    ...(partition === undefined ? {} : { partition }),
    ...(cursor === undefined ? {} : { cursor }),
  };
  return ok(jsonResponse(200, runListView(await listRuns(deps, filter))));
}

async function listAll(deps: ApiDependencies, limit: number): Promise<Checked<ApiResponse>> {
  return ok(
    jsonResponse(200, runListView(await listLatestRuns(deps, await knownConnections(deps, deps.sources), limit))),
  );
}

async function show(deps: ApiDependencies, id: string): Promise<Checked<ApiResponse>> {
  const run = await getRun(deps, id, await knownConnections(deps, deps.sources));
  if (run === undefined) return refusedAsUnknown();
  return ok(jsonResponse(200, runView(run)));
}

async function cancel(deps: ApiDependencies, id: string): Promise<Checked<ApiResponse>> {
  const cancelled = await cancelRun(deps, deps.sources, id);
  switch (cancelled.outcome) {
    case 'cancelling': {
      const message = `A worker ends it before its next step. Follow it with GET /v1/runs/${id}.`;
      return ok(jsonResponse(202, { run: id, cancelling: true, message } satisfies CancelAnswer));
    }
    case 'unknown':
      return refusedAsUnknown();
    case 'ended':
      return refused('run-ended', `It is neither waiting nor under way any more: GET /v1/runs/${id}.`);
    case 'too-short':
      return refused('not-cancellable', 'Only fulls, walks and audits can be cancelled; others take seconds.');
  }
}

function refusedAsUnknown() {
  return refused('unknown-run', 'Runs are kept for 30 days. GET /v1/runs lists them.');
}
