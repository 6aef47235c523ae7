import { type Cell, cell, table } from '../../cli/render.ts';
import type { LocalHost } from '../host.ts';

/** Source calls by what they were for, as whoever plays the source counts them. */
export interface SourceCallCounts {
  readonly records: number;
  /** Token refreshes and discovery, which are not part of a cycle's cost. */
  readonly others: number;
}

/** What had been spent at one moment. */
export interface Costs {
  readonly records: number;
  readonly others: number;
  readonly redisCommands: number | undefined;
  readonly tableWriteUnits: number;
  readonly indexWriteUnits: number;
  readonly readUnits: number;
  readonly sqsRequests: number;
  readonly invocations: number;
}

export async function readCosts(host: LocalHost, calls: SourceCallCounts): Promise<Costs> {
  const meters = await host.meters();
  return {
    records: calls.records,
    others: calls.others,
    redisCommands: meters.redisCommands,
    tableWriteUnits: meters.writeUnits.table,
    indexWriteUnits: meters.writeUnits.index,
    readUnits: meters.readUnits,
    sqsRequests: meters.sqsRequests,
    invocations: Object.values(meters.functions).reduce((sum, { invocations }) => sum + invocations, 0),
  };
}

export function spentBetween(before: Costs, after: Costs): Costs {
  return {
    records: after.records - before.records,
    others: after.others - before.others,
    redisCommands:
      after.redisCommands === undefined || before.redisCommands === undefined
        ? undefined
        : after.redisCommands - before.redisCommands,
    tableWriteUnits: after.tableWriteUnits - before.tableWriteUnits,
    indexWriteUnits: after.indexWriteUnits - before.indexWriteUnits,
    readUnits: after.readUnits - before.readUnits,
    sqsRequests: after.sqsRequests - before.sqsRequests,
    invocations: after.invocations - before.invocations,
  };
}

const TITLES = [
  'phase',
  'source calls',
  'token + discovery',
  'Redis commands',
  'write units: table',
  'index',
  'read units',
  'SQS requests',
  'Lambda invocations',
];

/** One row per phase. */
export function costTable(phases: readonly { readonly name: string; readonly costs: Costs }[], color: boolean): string {
  const rows = phases.map(({ name, costs }): Cell[] => [
    cell(name, 'strong'),
    count(costs.records),
    count(costs.others),
    count(costs.redisCommands),
    count(costs.tableWriteUnits),
    count(costs.indexWriteUnits),
    count(costs.readUnits),
    count(costs.sqsRequests),
    count(costs.invocations),
  ]);
  return table(TITLES, rows, { color });
}

function count(value: number | undefined): Cell {
  return cell(value === undefined ? '–' : thousands(value));
}

/** `4,383` */
export function thousands(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}
