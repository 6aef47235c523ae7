import type { ApiDependencies } from '../dependencies.ts';
import { deadLetterRoutes } from './dead-letter-routes.ts';
import { driftRoutes } from './drift-routes.ts';
import { exclusionRoutes } from './exclusion-routes.ts';
import { importRoutes } from './import-routes.ts';
import { operationRoutes } from './operation-routes.ts';
import { planRoutes } from './plan-routes.ts';
import { publicRoutes } from './public-routes.ts';
import { quarantineRoutes } from './quarantine-routes.ts';
import { recordRoutes } from './record-routes.ts';
import { runRoutes } from './run-routes.ts';
import { statusRoutes } from './status-routes.ts';
import { syncRoutes } from './sync-routes.ts';

/** Every route of the API. */
export function routeTable(deps: ApiDependencies) {
  const routes = [
    ...statusRoutes(deps),
    ...syncRoutes(deps),
    ...operationRoutes(deps),
    ...runRoutes(deps),
    ...planRoutes(deps),
    ...driftRoutes(deps),
    ...quarantineRoutes(deps),
    ...recordRoutes(deps),
    ...exclusionRoutes(deps),
    ...importRoutes(deps),
    ...deadLetterRoutes(deps),
  ];
  let document: Promise<object> | undefined;
  // Loaded when somebody asks for it: the schemas of all answers would be a tenth of what a cold start evaluates.
  const describe = (): Promise<object> => {
    document ??= import('../openapi/document.ts').then(({ openApiDocument }) => openApiDocument(table));
    return document;
  };
  const table = [...publicRoutes(describe), ...routes];
  return table;
}
