import type * as z from 'zod/mini';
import { partitionKey } from '../../../lib/domain/names.ts';
import { explainRecord } from '../../../lib/sync/explain-record.ts';
import { type Forgotten, forgetRecord } from '../../../lib/sync/forget-record.ts';
import { layoutOf } from '../../../lib/sync/sync-context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Checked, ok, refused } from '../problem.ts';
import type { PathParameters } from '../request.ts';
import { type ApiResponse, jsonResponse } from '../response.ts';
import { defineRoute } from '../router.ts';
import type { ExplanationView, ForgetAnswer, SampleView } from '../schemas/record.ts';
import { explainQuery, limitQuery, nothing, recordQuery } from '../schemas/requests.ts';
import { findStream, type StreamOfConnection, streamKeyOf } from '../target.ts';
import { explanationView } from '../views/record-view.ts';
import { refusedAs } from './sync-routes.ts';

export function recordRoutes(deps: ApiDependencies) {
  return [
    defineRoute({
      method: 'GET',
      scope: 'read',
      query: explainQuery,
      body: nothing,
      name: 'explainRecord',
      path: '/v1/explain/{connection}/{stream}/{record}',
      // A call of the source's budget.
      spends: ({ source }) => source === 'true',
      handle: ({ path, query }) => explain(deps, path, query),
    }),
    defineRoute({
      method: 'GET',
      scope: 'read',
      query: limitQuery,
      body: nothing,
      name: 'sampleRecords',
      path: '/v1/sample/{connection}/{stream}/{partition}',
      handle: ({ path, query }) => sample(deps, path, query.limit),
    }),
    defineRoute({
      method: 'POST',
      scope: 'operate',
      query: recordQuery,
      body: nothing,
      name: 'forgetRecord',
      path: '/v1/forget/{connection}/{stream}/{record}',
      handle: ({ path, query }) => forget(deps, path, query.partition),
    }),
  ];
}

async function explain(
  deps: ApiDependencies,
  path: PathParameters,
  query: z.infer<typeof explainQuery>,
): Promise<Checked<ApiResponse>> {
  const target = await findStream(deps.sources, within(path, query.partition));
  if (target.outcome === 'problem') return target;
  const { record = '' } = path;
  const explained = await explainRecord(deps, target.value, record, {
    source: query.source === 'true',
    ...(query.partition === undefined ? {} : { partition: query.partition }),
  });
  const view: ExplanationView = { ...streamKeyOf(target.value), record, ...explanationView(explained) };
  return ok(jsonResponse(200, view));
}

/** Ids alone: what a record holds is the business of who reads the cache. */
async function sample(deps: ApiDependencies, path: PathParameters, limit: number): Promise<Checked<ApiResponse>> {
  const target = await findStream(deps.sources, path);
  if (target.outcome === 'problem') return target;
  const { partition = '' } = path;
  const key = partitionKey(streamKeyOf(target.value), partition);
  const state = await deps.partitions.read(key);
  const records = await deps.cache.sample(key, layoutOf(target.value.stream, state), limit);
  return ok(jsonResponse(200, { ...key, records: [...records] } satisfies SampleView));
}

async function forget(
  deps: ApiDependencies,
  path: PathParameters,
  partition: string | undefined,
): Promise<Checked<ApiResponse>> {
  const target = await findStream(deps.sources, within(path, partition));
  if (target.outcome === 'problem') return target;
  const { record = '' } = path;
  const forgotten = await forgetRecord(deps, target.value, record, partition);
  switch (forgotten.outcome) {
    case 'forgetting': {
      const message = 'It is being erased. Only a version newer than the one that was known comes back.';
      const partitions = [...forgotten.partitions];
      const answer: ForgetAnswer = { ...streamKeyOf(target.value), record, partitions, message };
      return ok(jsonResponse(202, answer));
    }
    case 'disabled':
      return refusedAs('disabled');
    case 'unknown':
      return refusedAsUnknown(target.value, forgotten);
  }
}

/** A partition that the query names is checked like one in the path. */
export function within(path: PathParameters, partition: string | undefined): PathParameters {
  return { ...path, ...(partition === undefined ? {} : { partition }) };
}

export function refusedAsUnknown(
  { stream }: StreamOfConnection,
  { looked }: Extract<Forgotten, { outcome: 'unknown' }>,
) {
  const places = `${looked.partitions} ${stream.partitionKind}(s)`;
  const looking = `The list of forgotten records, ${stream.locators ? 'the locators, ' : ''}and the cache entries of ${places} were looked at.`;
  const more = looked.complete ? '' : ` There are more: name the ${stream.partitionKind} with ?partition=.`;
  return refused('unknown-record', `${looking}${more} Nothing is kept of it that could be erased.`);
}
