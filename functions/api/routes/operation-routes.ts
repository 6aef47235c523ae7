import { checkBroken, checkConnection } from '../../../lib/sync/check-connection.ts';
import { setPause } from '../../../lib/sync/set-pause.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Checked, ok, refused } from '../problem.ts';
import type { PathParameters } from '../request.ts';
import { type ApiResponse, jsonResponse } from '../response.ts';
import { defineRoute } from '../router.ts';
import { nothing } from '../schemas/requests.ts';
import type { CheckAnswer, PauseAnswer } from '../schemas/work.ts';
import { findTarget, refusedAsBroken, streamKeyOf, streamsNamed } from '../target.ts';

export function operationRoutes(deps: ApiDependencies) {
  const shared = { method: 'POST', scope: 'operate', query: nothing, body: nothing } as const;
  const pause = { ...shared, handle: ({ path }: { path: PathParameters }) => setPaused(deps, path, true) };
  const resume = { ...shared, handle: ({ path }: { path: PathParameters }) => setPaused(deps, path, false) };
  return [
    defineRoute({ ...pause, name: 'pauseAll', path: '/v1/pause' }),
    defineRoute({ ...pause, name: 'pauseConnection', path: '/v1/pause/{connection}' }),
    defineRoute({ ...pause, name: 'pauseStream', path: '/v1/pause/{connection}/{stream}' }),
    defineRoute({ ...resume, name: 'resumeAll', path: '/v1/resume' }),
    defineRoute({ ...resume, name: 'resumeConnection', path: '/v1/resume/{connection}' }),
    defineRoute({ ...resume, name: 'resumeStream', path: '/v1/resume/{connection}/{stream}' }),
    defineRoute({
      ...shared,
      name: 'checkConnection',
      path: '/v1/check/{connection}',
      handle: ({ path }) => check(deps, path),
    }),
  ];
}

async function setPaused(deps: ApiDependencies, path: PathParameters, paused: boolean): Promise<Checked<ApiResponse>> {
  const target = await findTarget(deps.sources, path);
  if (target.outcome === 'problem') return target;
  if (target.value.level === 'broken') return refusedAsBroken(target.value.broken);
  const streams = streamsNamed(target.value).map(streamKeyOf);
  await setPause(deps, streams, paused);
  const broken = target.value.level === 'all' ? target.value.broken : [];
  const skipped = broken.map(({ id }) => ({ connection: id, stream: null, reason: 'the connection cannot be opened' }));
  return ok(jsonResponse(200, { paused, streams, skipped } satisfies PauseAnswer));
}

async function check(deps: ApiDependencies, path: PathParameters): Promise<Checked<ApiResponse>> {
  const target = await findTarget(deps.sources, path);
  if (target.outcome === 'problem') return target;
  if (target.value.level !== 'connection' && target.value.level !== 'broken') {
    return refused('invalid', 'Name one connection.');
  }
  const report =
    target.value.level === 'broken'
      ? checkBroken(target.value.broken)
      : await checkConnection(deps, target.value.connection);
  const id = target.value.level === 'broken' ? target.value.broken.id : target.value.connection.connection.id;
  const answer: CheckAnswer = { connection: id, ok: report.ok, findings: [...report.findings] };
  return ok(jsonResponse(200, answer));
}
