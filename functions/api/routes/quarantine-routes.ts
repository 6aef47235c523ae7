import { toIso } from '../../../lib/domain/instant.ts';
import { listQuarantined } from '../../../lib/sync/list-quarantined.ts';
import { retryQuarantinedRecord } from '../../../lib/sync/retry-quarantined-record.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Checked, ok, refused } from '../problem.ts';
import type { PathParameters } from '../request.ts';
import { type ApiResponse, jsonResponse } from '../response.ts';
import { type Call, defineRoute } from '../router.ts';
import type { QuarantineView, RetryAnswer } from '../schemas/quarantine.ts';
import { nothing, quarantineQuery } from '../schemas/requests.ts';
import { findStream, findTarget, refusedAsBroken, streamKeyOf, streamsNamed } from '../target.ts';
import { quarantinedView } from '../views/quarantine-view.ts';
import { refusedAs } from './sync-routes.ts';

export function quarantineRoutes(deps: ApiDependencies) {
  const list = ({ path, query }: Call<{ limit: number }, unknown>) => listRecords(deps, path, query.limit);
  const read = { method: 'GET', scope: 'read', query: quarantineQuery, body: nothing, handle: list } as const;
  return [
    defineRoute({ ...read, name: 'listQuarantine', path: '/v1/quarantine' }),
    defineRoute({ ...read, name: 'listConnectionQuarantine', path: '/v1/quarantine/{connection}' }),
    defineRoute({ ...read, name: 'listStreamQuarantine', path: '/v1/quarantine/{connection}/{stream}' }),
    defineRoute({
      method: 'POST',
      scope: 'operate',
      query: nothing,
      body: nothing,
      name: 'retryQuarantined',
      path: '/v1/quarantine/{connection}/{stream}/{record}/retry',
      handle: ({ path }) => retry(deps, path, path.record ?? ''),
    }),
  ];
}

async function listRecords(deps: ApiDependencies, path: PathParameters, limit: number): Promise<Checked<ApiResponse>> {
  const target = await findTarget(deps.sources, path);
  if (target.outcome === 'problem') return target;
  if (target.value.level === 'broken') return refusedAsBroken(target.value.broken);
  const { records, more } = await listQuarantined(deps, streamsNamed(target.value).map(streamKeyOf), limit);
  return ok(jsonResponse(200, { quarantine: records.map(quarantinedView), more } satisfies QuarantineView));
}

async function retry(deps: ApiDependencies, path: PathParameters, record: string): Promise<Checked<ApiResponse>> {
  const target = await findStream(deps.sources, path);
  if (target.outcome === 'problem') return target;
  const at = toIso(deps.clock.now());
  const retried = await retryQuarantinedRecord(deps, target.value, record);
  switch (retried) {
    case 'due': {
      const message = 'The source is asked for the record at once. Healthy, it leaves the quarantine.';
      return ok(jsonResponse(202, { ...streamKeyOf(target.value), record, at, message } satisfies RetryAnswer));
    }
    case 'disabled':
    case 'paused':
      return refusedAs(retried);
    case 'not-quarantined':
      return refused('not-quarantined', 'GET /v1/quarantine/{connection}/{stream} lists those that are.');
    case 'not-askable':
      return refused(
        'not-askable',
        'It has no usable id. Mend it at the source: the next read of everything finds it.',
      );
  }
}
