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
  return [
    ...publicRoutes(deps),
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
}
