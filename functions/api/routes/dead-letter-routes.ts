import type * as z from 'zod/mini';
import { toIso } from '../../../lib/domain/instant.ts';
import type { DeadLetter } from '../../../lib/ports/dead-letters.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Checked, ok } from '../problem.ts';
import { type ApiResponse, jsonResponse } from '../response.ts';
import { defineRoute } from '../router.ts';
import type { DeadLettersView, DeadLetterView, RedriveAnswer } from '../schemas/dead-letters.ts';
import { limitQuery, nothing, redriveBody } from '../schemas/requests.ts';
import { isoOrNull, partitionOrNull } from '../views/run-view.ts';

export function deadLetterRoutes(deps: ApiDependencies) {
  return [
    defineRoute({
      method: 'GET',
      scope: 'read',
      query: limitQuery,
      body: nothing,
      name: 'listDeadLetters',
      path: '/v1/dead-letters',
      handle: ({ query }) => list(deps, query.limit),
    }),
    defineRoute({
      method: 'POST',
      scope: 'operate',
      query: nothing,
      body: redriveBody,
      name: 'redriveDeadLetters',
      path: '/v1/dead-letters/redrive',
      handle: ({ body }) => redrive(deps, body),
    }),
  ];
}

async function list({ deadLetters }: ApiDependencies, limit: number): Promise<Checked<ApiResponse>> {
  const { letters, total, more } = await deadLetters.list(limit);
  const view: DeadLettersView = { deadLetters: letters.map(letterView), total, more };
  return ok(jsonResponse(200, view));
}

async function redrive(
  { deadLetters }: ApiDependencies,
  { ids, limit }: z.infer<typeof redriveBody>,
): Promise<Checked<ApiResponse>> {
  const { redriven, left } = await deadLetters.redrive({ limit, ...(ids === undefined ? {} : { ids }) });
  return ok(jsonResponse(200, { redriven, left } satisfies RedriveAnswer));
}

function letterView({ id, lane, task, key, reason, at, sentAt }: DeadLetter): DeadLetterView {
  return {
    id,
    lane,
    task: task ?? null,
    connection: key?.connection ?? null,
    stream: key?.stream ?? null,
    partition: key === undefined ? null : partitionOrNull(key.partition),
    reason,
    at: isoOrNull(at),
    sentAt: toIso(sentAt),
  };
}
