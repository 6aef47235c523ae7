import type { FunctionFigures } from './lambda/function-pool.ts';
import type { FunctionPools } from './lambda/function-pools.ts';
import { FUNCTIONS } from './services/sqs/request-meter.ts';
import type { LocalServices } from './services.ts';
import { EVENT_SOURCE_CALLER, type EventSourceMapping } from './triggers/event-source-mapping.ts';

/** What was spent since the host started. Source calls are counted by whoever plays the source. */
export interface Meters {
  /** `undefined` for a database elsewhere. */
  readonly redisCommands: number | undefined;
  readonly writeUnits: { readonly table: number; readonly index: number };
  readonly readUnits: number;
  /** Billed requests of functions and event sources, without the long polls that found nothing. */
  readonly sqsRequests: number;
  /** By logical id. */
  readonly functions: Readonly<Record<string, FunctionFigures>>;
}

export async function readMeters(
  { dynamodb, sqs, redis }: LocalServices,
  pools: FunctionPools,
  mappings: readonly EventSourceMapping[],
): Promise<Meters> {
  const { writeUnits, readUnits } = dynamodb.meter.snapshot();
  const written = Object.entries(writeUnits);
  // Units of an index are filed under `{table}/{index}`.
  const index = written.filter(([place]) => place.includes('/')).reduce((sum, [, units]) => sum + units, 0);
  const emptyReceives = mappings.reduce((sum, mapping) => sum + mapping.emptyReceives, 0);
  return {
    redisCommands: await redis.billedCommands(),
    writeUnits: { table: written.reduce((sum, [, units]) => sum + units, 0) - index, index },
    readUnits: Object.values(readUnits).reduce((sum, units) => sum + units, 0),
    sqsRequests: sqs.meter.billedTo(FUNCTIONS) + sqs.meter.billedTo(EVENT_SOURCE_CALLER) - emptyReceives,
    functions: Object.fromEntries(pools.all.map((pool) => [pool.definition.logicalId, pool.figures])),
  };
}
