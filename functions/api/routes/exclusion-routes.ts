import { toIso } from '../../../lib/domain/instant.ts';
import { excludeRecord, includeRecord, listExcluded } from '../../../lib/sync/exclude-record.ts';
import { cleanDuplicates, type Duplicates, findDuplicates } from '../../../lib/sync/find-duplicates.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Checked, ok, refused } from '../problem.ts';
import type { PathParameters } from '../request.ts';
import { type ApiResponse, jsonResponse } from '../response.ts';
import { defineRoute } from '../router.ts';
import type { DuplicatesView, ExcludedView } from '../schemas/exclusion.ts';
import type { ForgetAnswer } from '../schemas/record.ts';
import { excludedQuery, nothing, recordQuery } from '../schemas/requests.ts';
import { findStream, type StreamOfConnection, streamKeyOf } from '../target.ts';
import { refusedAsUnknown, within } from './record-routes.ts';
import { refusedAs } from './sync-routes.ts';

const RECORD = '{connection}/{stream}/{record}';
const PARTITION = '{connection}/{stream}/{partition}';

export function exclusionRoutes(deps: ApiDependencies) {
  const work = { method: 'POST', scope: 'operate', body: nothing } as const;
  const look = { method: 'GET', scope: 'read', body: nothing } as const;
  return [
    defineRoute({
      ...work,
      query: recordQuery,
      name: 'excludeRecord',
      path: `/v1/exclude/${RECORD}`,
      handle: ({ path, query }) => exclude(deps, path, query.partition),
    }),
    defineRoute({
      ...work,
      query: nothing,
      name: 'includeRecord',
      path: `/v1/include/${RECORD}`,
      handle: ({ path }) => include(deps, path),
    }),
    defineRoute({
      ...look,
      query: excludedQuery,
      name: 'listExcluded',
      path: '/v1/excluded/{connection}/{stream}',
      handle: ({ path, query }) => list(deps, path, query),
    }),
    defineRoute({
      ...look,
      query: nothing,
      name: 'findDuplicates',
      path: `/v1/duplicates/${PARTITION}`,
      handle: ({ path }) => duplicates(deps, path, false),
    }),
    defineRoute({
      ...work,
      query: nothing,
      name: 'cleanDuplicates',
      path: `/v1/duplicates/${PARTITION}`,
      handle: ({ path }) => duplicates(deps, path, true),
    }),
  ];
}

async function exclude(
  deps: ApiDependencies,
  path: PathParameters,
  partition: string | undefined,
): Promise<Checked<ApiResponse>> {
  const target = await findStream(deps.sources, within(path, partition));
  if (target.outcome === 'problem') return target;
  const excluded = await excludeRecord(deps, target.value, path.record ?? '', partition);
  switch (excluded.outcome) {
    case 'excluding':
      return accepted(
        target.value,
        path,
        excluded.partitions,
        'It is being removed, and stays away until it is included.',
      );
    case 'disabled':
      return refusedAs('disabled');
    case 'unknown':
      return refusedAsUnknown(target.value, excluded);
  }
}

async function include(deps: ApiDependencies, path: PathParameters): Promise<Checked<ApiResponse>> {
  const target = await findStream(deps.sources, path);
  if (target.outcome === 'problem') return target;
  const included = await includeRecord(deps, target.value, path.record ?? '');
  switch (included.outcome) {
    case 'including':
      return accepted(target.value, path, [included.partition], 'It is read from the source again.');
    case 'disabled':
      return refusedAs('disabled');
    case 'not-excluded':
      return refused('not-excluded', 'GET /v1/excluded/{connection}/{stream} lists those that are.');
  }
}

function accepted(
  target: StreamOfConnection,
  { record = '' }: PathParameters,
  partitions: readonly string[],
  message: string,
): Checked<ApiResponse> {
  const answer: ForgetAnswer = { ...streamKeyOf(target), record, partitions: [...partitions], message };
  return ok(jsonResponse(202, answer));
}

/** Ids may hold what no cursor can. */
const CURSOR = 'base64url';

async function list(
  deps: ApiDependencies,
  path: PathParameters,
  { partition, cursor }: { readonly partition?: string | undefined; readonly cursor?: string | undefined },
): Promise<Checked<ApiResponse>> {
  const target = await findStream(deps.sources, path);
  if (target.outcome === 'problem') return target;
  const after = cursor === undefined ? undefined : Buffer.from(cursor, CURSOR).toString();
  const { records, next } = await listExcluded(deps, target.value, { partition, after });
  const view: ExcludedView = {
    excluded: records.map(({ record, partition: of, at }) => ({ record, partition: of, at: toIso(at) })),
    next: next === undefined ? null : Buffer.from(next).toString(CURSOR),
  };
  return ok(jsonResponse(200, view));
}

async function duplicates(deps: ApiDependencies, path: PathParameters, clean: boolean): Promise<Checked<ApiResponse>> {
  const target = await findStream(deps.sources, path);
  if (target.outcome === 'problem') return target;
  const { partition = '' } = path;
  if (clean && !target.value.connection.connection.enabled) return refusedAs('disabled');
  const found = clean
    ? await cleanDuplicates(deps, target.value, partition)
    : await findDuplicates(deps, target.value, partition);
  if (found === undefined)
    return refused(
      'not-comparable',
      'Records of this stream have no identity besides their id, so none is a duplicate.',
    );
  const view = { ...streamKeyOf(target.value), partition, excluded: [], left: 0, ...duplicatesView(found) };
  return ok(jsonResponse(clean ? 202 : 200, view satisfies DuplicatesView));
}

const GROUPS_SHOWN = 100;

function duplicatesView({ groups, ...found }: Duplicates) {
  const shown = groups.slice(0, GROUPS_SHOWN).map(({ keep, others }) => ({
    keep: keep.id,
    others: others.map(({ id }) => id),
  }));
  const count = groups.reduce((sum, { others }) => sum + others.length, 0);
  return { ...found, groups: shown, duplicates: count, more: groups.length > shown.length };
}
