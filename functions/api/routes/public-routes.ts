import type { ApiDependencies } from '../dependencies.ts';
import { ok } from '../problem.ts';
import { defineRoute } from '../router.ts';
import { nothing } from '../schemas/requests.ts';

/** What anybody may read: how to use the API, and a page that holds no data of its own. */
export function publicRoutes({ publicAnswers }: ApiDependencies) {
  const shared = { method: 'GET', scope: 'none', query: nothing, body: nothing } as const;
  return [
    defineRoute({
      ...shared,
      name: 'getStatusPage',
      path: '/',
      handle: async () => ok((await publicAnswers()).getStatusPage),
    }),
    defineRoute({
      ...shared,
      name: 'getOpenApi',
      path: '/openapi.json',
      handle: async () => ok((await publicAnswers()).getOpenApi),
    }),
  ];
}
