import {
  requestPartitionSync,
  requestStreamSync,
  type SyncMode,
  type SyncRequested,
} from '../../../lib/sync/request-sync.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Checked, ok, refused } from '../problem.ts';
import { type ApiResponse, jsonResponse } from '../response.ts';
import { type Call, defineRoute } from '../router.ts';
import { nothing, syncBody } from '../schemas/requests.ts';
import type { SkippedView } from '../schemas/work.ts';
import { findTarget, refusedAsBroken, type StreamOfConnection, streamsOf, type Target } from '../target.ts';
import { isAccepted, syncView } from '../views/sync-view.ts';
import { refusedAsUnknownPartition } from './status-routes.ts';

export function syncRoutes(deps: ApiDependencies) {
  const sync = async ({ path, body }: Call<unknown, { mode?: SyncMode | undefined }>) => {
    const target = await findTarget(deps.sources, path);
    return target.outcome === 'problem' ? target : syncTarget(deps, target.value, body.mode);
  };
  const shared = { method: 'POST', scope: 'operate', query: nothing, body: syncBody, handle: sync } as const;
  return [
    defineRoute({ ...shared, name: 'syncAll', path: '/v1/sync' }),
    defineRoute({ ...shared, name: 'syncConnection', path: '/v1/sync/{connection}' }),
    defineRoute({ ...shared, name: 'syncStream', path: '/v1/sync/{connection}/{stream}' }),
    defineRoute({ ...shared, name: 'syncPartition', path: '/v1/sync/{connection}/{stream}/{partition}' }),
  ];
}

async function syncTarget(
  deps: ApiDependencies,
  target: Target,
  asked: SyncMode | undefined,
): Promise<Checked<ApiResponse>> {
  switch (target.level) {
    case 'broken':
      return refusedAsBroken(target.broken);
    case 'partition':
      return syncPartition(deps, target, asked ?? 'full');
    case 'stream':
      return syncStreams(deps, [target], asked ?? 'incremental', []);
    case 'connection':
      return syncStreams(deps, streamsOf([target.connection]), asked ?? 'incremental', []);
    case 'all': {
      const broken = target.broken.map(({ id }) => ({ connection: id, stream: null, reason: REASONS.broken }));
      return syncStreams(deps, streamsOf(target.open), asked ?? 'incremental', broken);
    }
  }
}

async function syncPartition(
  deps: ApiDependencies,
  target: Extract<Target, { level: 'partition' }>,
  mode: SyncMode,
): Promise<Checked<ApiResponse>> {
  const now = deps.clock.now();
  const requested = await requestPartitionSync(deps, target, target.partition, mode);
  switch (requested.outcome) {
    case 'unknown-partition':
      return refusedAsUnknownPartition(target);
    case 'queue-unavailable':
      return refused('unavailable', 'The queue took no message; nothing was started. Try again in a moment.');
    case 'disabled':
    case 'paused':
    case 'no-source':
      return refusedAs(requested.outcome);
    case 'run':
    case 'due':
    case 'queued':
      return ok(jsonResponse(202, syncView(mode, [requested], [], now)));
  }
}

async function syncStreams(
  deps: ApiDependencies,
  targets: readonly StreamOfConnection[],
  mode: SyncMode,
  broken: readonly SkippedView[],
): Promise<Checked<ApiResponse>> {
  const now = deps.clock.now();
  const requested = await requestStreamSync(deps, targets, mode);
  const accepted = requested.filter(isAccepted);
  const [first] = requested;
  if (accepted.length === 0) {
    if (requested.length === 1 && isLeftOut(first)) return refusedAs(first.outcome);
    return refused(
      'nothing-to-sync',
      'Every stream is paused or disabled, or comes by import, or its connection is broken: GET /v1/status.',
    );
  }
  const skipped = requested.filter((one) => !isAccepted(one)).map(skippedView);
  return ok(jsonResponse(202, syncView(mode, accepted, [...skipped, ...broken], now)));
}

/** Why a stream was left out, in words. */
export const REASONS = {
  disabled: 'it is disabled',
  paused: 'the stream is paused',
  'no-source': 'its records come by import',
  broken: 'the connection cannot be opened',
} as const;

function skippedView(requested: SyncRequested): SkippedView {
  const { key } = requested;
  const reason = isLeftOut(requested) ? REASONS[requested.outcome] : requested.outcome;
  return { connection: key.connection, stream: key.stream, reason };
}

type LeftOut = 'disabled' | 'paused' | 'no-source';

function isLeftOut(requested: SyncRequested | undefined): requested is Extract<SyncRequested, { outcome: LeftOut }> {
  const outcome = requested?.outcome;
  return outcome === 'disabled' || outcome === 'paused' || outcome === 'no-source';
}

export function refusedAs(outcome: LeftOut) {
  if (outcome === 'no-source') return refused('no-source', 'POST /v1/imports/{connection}/{stream} takes its records.');
  return outcome === 'disabled'
    ? refused(
        'connection-disabled',
        'Set "enabled": true in the parameter of this connection, and in its policy for the stream.',
      )
    : refused('stream-paused', 'Resume it with POST /v1/resume/{connection}/{stream}, or ask for {"mode":"full"}.');
}
