import { STATUS_PAGE, STATUS_PAGE_POLICY } from '../page/page.ts';
import { ok } from '../problem.ts';
import { htmlResponse, jsonResponse } from '../response.ts';
import { defineRoute } from '../router.ts';
import { nothing } from '../schemas/requests.ts';

/** What anybody may read: how to use the API, and a page that holds no data of its own. */
export function publicRoutes(describe: () => Promise<object>) {
  const shared = { method: 'GET', scope: 'none', query: nothing, body: nothing } as const;
  return [
    defineRoute({
      ...shared,
      name: 'getStatusPage',
      path: '/',
      handle: async () => ok(htmlResponse(STATUS_PAGE, STATUS_PAGE_POLICY)),
    }),
    defineRoute({
      ...shared,
      name: 'getOpenApi',
      path: '/openapi.json',
      handle: async () => ok(jsonResponse(200, await describe())),
    }),
  ];
}
