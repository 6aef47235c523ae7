import { toIso } from '../../../lib/domain/instant.ts';
import type { Run } from '../../../lib/domain/run.ts';
import type { ImportName, SignedRequest } from '../../../lib/ports/import-files.ts';
import { newRunId } from '../../../lib/sync/new-run-id.ts';
import { requestImport } from '../../../lib/sync/request-import.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Checked, ok, refused } from '../problem.ts';
import type { PathParameters } from '../request.ts';
import { type ApiResponse, jsonResponse } from '../response.ts';
import { defineRoute } from '../router.ts';
import { type ImportAnswer, importBody, type UploadAnswer, uploadBody } from '../schemas/imports.ts';
import { nothing } from '../schemas/requests.ts';
import { findStream, streamKeyOf } from '../target.ts';
import { isoOrNull } from '../views/run-view.ts';
import { refusedAs } from './sync-routes.ts';

export function importRoutes(deps: ApiDependencies) {
  const shared = { query: nothing, path: '/v1/imports/{connection}/{stream}/{run}' } as const;
  return [
    defineRoute({
      name: 'uploadImport',
      method: 'POST',
      scope: 'operate',
      query: nothing,
      path: '/v1/imports/{connection}/{stream}',
      body: uploadBody,
      handle: ({ path, body }) => upload(deps, path, body.bytes),
    }),
    defineRoute({
      ...shared,
      name: 'startImport',
      method: 'POST',
      scope: 'operate',
      body: importBody,
      handle: ({ path, body }) => start(deps, path, body.dryRun ?? false),
    }),
    defineRoute({
      ...shared,
      name: 'getImport',
      method: 'GET',
      scope: 'read',
      body: nothing,
      handle: ({ path }) => show(deps, path),
    }),
  ];
}

/** The file that a path names, of a stream that takes files. */
async function findImport(deps: ApiDependencies, path: PathParameters, run: string): Promise<Checked<ImportName>> {
  const target = await findStream(deps.sources, path);
  if (target.outcome === 'problem') return target;
  if (!target.value.connection.connection.enabled) return refusedAs('disabled');
  if (target.value.stream.coverage === 'import') return ok({ ...streamKeyOf(target.value), run });
  return refused('not-importable', 'Its records are read from its source: POST /v1/sync.');
}

async function upload(deps: ApiDependencies, path: PathParameters, bytes: number): Promise<Checked<ApiResponse>> {
  const name = await findImport(deps, path, newRunId(deps));
  if (name.outcome === 'problem') return name;
  const { url, headers, expiresAt } = await deps.imports.upload(name.value, bytes);
  const link = { method: 'PUT', url, headers, expiresAt: toIso(expiresAt) } as const;
  return ok(jsonResponse(200, { import: name.value.run, upload: link } satisfies UploadAnswer));
}

async function start(deps: ApiDependencies, path: PathParameters, dryRun: boolean): Promise<Checked<ApiResponse>> {
  const name = await findImport(deps, path, path.run ?? '');
  if (name.outcome === 'problem') return name;
  const { run, ...stream } = name.value;
  if (await requestImport(deps, stream, run, dryRun)) return answer(deps, 202, name.value);
  return refused('unavailable', 'The queue took no message; nothing was started. Try again in a moment.');
}

async function show(deps: ApiDependencies, path: PathParameters): Promise<Checked<ApiResponse>> {
  const name = await findImport(deps, path, path.run ?? '');
  return name.outcome === 'problem' ? name : answer(deps, 200, name.value);
}

async function answer(deps: ApiDependencies, status: 200 | 202, name: ImportName): Promise<Checked<ApiResponse>> {
  const run = await deps.runs.find(name.run, [name.connection]);
  if (run?.task !== 'import' || run.stream !== name.stream) {
    return refused('unknown-run', 'It was not started, or over 30 days ago.');
  }
  const errors = hasErrors(run) ? await deps.imports.errors(name) : undefined;
  return ok(jsonResponse(status, importView(run, errors)));
}

/** Rows that were rejected, or one that nothing could be read after. */
function hasErrors({ state, ledger, error }: Run): boolean {
  return state === 'ended' && (ledger.quarantined > 0 || (error !== undefined && !error.startsWith('file-')));
}

function importView(run: Run, errors: SignedRequest | undefined): ImportAnswer {
  const { seen: read, added, updated, unchanged, superseded, quarantined: rejected } = run.ledger;
  return {
    import: run.run,
    connection: run.connection,
    stream: run.stream,
    dryRun: run.dryRun ?? false,
    state: run.state,
    outcome: run.outcome ?? null,
    rows: { read, added, updated, unchanged, superseded, rejected },
    requestedAt: toIso(run.requestedAt),
    endedAt: isoOrNull(run.endedAt),
    error: run.error ?? null,
    errors: errors === undefined ? null : { url: errors.url, expiresAt: toIso(errors.expiresAt) },
  };
}
