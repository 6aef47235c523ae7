import type * as z from 'zod/mini';
import { partitionKey } from '../../../lib/domain/names.ts';
import { type DriftPosition, describePartitionDrift, listDrift, sumDrift } from '../../../lib/sync/describe-drift.ts';
import {
  type AuditRequested,
  type AuditTarget,
  type AuditWish,
  requestAudit,
} from '../../../lib/sync/request-audit.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Checked, ok, refused } from '../problem.ts';
import { type ApiResponse, jsonResponse } from '../response.ts';
import { type Call, defineRoute } from '../router.ts';
import type { AuditAnswer } from '../schemas/drift.ts';
import { auditBody, nothing, pageQuery } from '../schemas/requests.ts';
import { findTarget, refusedAsBroken, streamKeyOf, streamsNamed, type Target } from '../target.ts';
import { driftView } from '../views/drift-view.ts';
import { partitionOrNull } from '../views/run-view.ts';
import { refusedAsUnknownPartition } from './status-routes.ts';
import { REASONS, refusedAs } from './sync-routes.ts';

export function driftRoutes(deps: ApiDependencies) {
  const show = async ({ path, query }: Call<{ cursor?: DriftPosition | undefined }, unknown>) => {
    const target = await findTarget(deps.sources, path);
    return target.outcome === 'problem' ? target : showDrift(deps, target.value, query.cursor);
  };
  const audit = async ({ path, body }: Call<unknown, z.infer<typeof auditBody>>) => {
    const target = await findTarget(deps.sources, path);
    return target.outcome === 'problem' ? target : startAudits(deps, target.value, wishOf(body));
  };
  const read = { method: 'GET', scope: 'read', query: pageQuery, body: nothing, handle: show } as const;
  const start = { method: 'POST', scope: 'operate', query: nothing, body: auditBody, handle: audit } as const;
  return [
    defineRoute({ ...read, name: 'getDrift', path: '/v1/drift' }),
    defineRoute({ ...read, name: 'getConnectionDrift', path: '/v1/drift/{connection}' }),
    defineRoute({ ...read, name: 'getStreamDrift', path: '/v1/drift/{connection}/{stream}' }),
    defineRoute({
      ...read,
      name: 'getPartitionDrift',
      path: '/v1/drift/{connection}/{stream}/{partition}',
      query: nothing,
    }),
    defineRoute({ ...start, name: 'auditAll', path: '/v1/drift' }),
    defineRoute({ ...start, name: 'auditConnection', path: '/v1/drift/{connection}' }),
    defineRoute({ ...start, name: 'auditStream', path: '/v1/drift/{connection}/{stream}' }),
    defineRoute({ ...start, name: 'auditPartition', path: '/v1/drift/{connection}/{stream}/{partition}' }),
  ];
}

async function showDrift(
  deps: ApiDependencies,
  target: Target,
  cursor: DriftPosition | undefined,
): Promise<Checked<ApiResponse>> {
  if (target.level === 'broken') return refusedAsBroken(target.broken);
  if (target.level === 'partition') {
    const { page, totals } = await describePartitionDrift(deps, partitionKey(streamKeyOf(target), target.partition));
    return ok(jsonResponse(200, driftView(page, totals)));
  }
  const streams = streamsNamed(target).map(streamKeyOf);
  const [page, totals] = await Promise.all([listDrift(deps, streams, cursor), sumDrift(deps, streams)]);
  return ok(jsonResponse(200, driftView(page, totals)));
}

async function startAudits(deps: ApiDependencies, target: Target, wish: AuditWish): Promise<Checked<ApiResponse>> {
  if (target.level === 'broken') return refusedAsBroken(target.broken);
  const targets: readonly AuditTarget[] = target.level === 'partition' ? [target] : streamsNamed(target);
  const requested: AuditRequested[] = [];
  for (const one of targets) requested.push(await requestAudit(deps, one, wish));
  const [only] = requested;
  if (requested.length === 1 && (only?.outcome === 'disabled' || only?.outcome === 'no-source'))
    return refusedAs(only.outcome);
  if (target.level === 'partition' && only?.outcome === 'unknown-partition') return refusedAsUnknownPartition(target);
  const answer = auditAnswer(requested, target.level === 'all' ? target.broken.map(({ id }) => id) : []);
  if (answer.runs.length > 0) return ok(jsonResponse(202, answer));
  return refused(
    'nothing-to-sync',
    'Every stream is disabled or comes by import, or its connection is broken: GET /v1/status.',
  );
}

function auditAnswer(requested: readonly AuditRequested[], broken: readonly string[]): AuditAnswer {
  const runs = requested.flatMap((request) => (request.outcome === 'run' ? [runOf(request)] : []));
  const disabled = requested.flatMap(({ outcome, key: { connection, stream } }) =>
    outcome === 'run'
      ? []
      : [{ connection, stream, reason: outcome === 'unknown-partition' ? outcome : REASONS[outcome] }],
  );
  const unopened = broken.map((connection) => ({ connection, stream: null, reason: REASONS.broken }));
  return { runs, skipped: [...disabled, ...unopened] };
}

function runOf({ key, run, joined }: Extract<AuditRequested, { outcome: 'run' }>): AuditAnswer['runs'][number] {
  const { connection, stream, partition } = key;
  return { connection, stream, partition: partitionOrNull(partition), run, joined };
}

function wishOf({ repair, deep }: z.infer<typeof auditBody>): AuditWish {
  return { ...(repair === undefined ? {} : { repair }), ...(deep === undefined ? {} : { deep }) };
}
