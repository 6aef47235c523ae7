import type { Resource } from './resources.ts';
import type { RowVersion } from './row.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const TIME_OPERATORS = ['>=', '<=', '>', '<'] as const;
const ID_OPERATORS = ['>=', '<=', '!=', '=', '>', '<'] as const;

export interface Filter {
  readonly field: string;
  /** Whether it is by a time: such a query is answered from an index that may lag. */
  readonly isByTime: boolean;
  readonly matches: (id: string, version: RowVersion) => boolean;
}

/** A filter that the vendor does not understand. */
export class FilterRefused extends Error {}

/** Reads `updated_at:>=2026-11-21T06:47:00Z` or `id:=1,2`. @throws FilterRefused */
export function parseFilter(text: string, { times }: Resource, alsoBy: readonly string[]): Filter {
  const [, field = '', rest = ''] = /^([a-z_]+):(.*)$/.exec(text) ?? [];
  if (field === 'id') return { field, isByTime: false, matches: idMatcher(rest) };
  if (!times.includes(field) && !alsoBy.includes(field)) throw new FilterRefused('unknown filter field');
  const operator = TIME_OPERATORS.find((candidate) => rest.startsWith(candidate));
  const value = rest.slice(operator?.length ?? 0);
  if (operator === undefined || !TIME.test(value)) throw new FilterRefused('unknown operator or no time of UTC');
  const bound = Date.parse(value);
  return {
    field,
    isByTime: true,
    matches: (_, version) => {
      const ms = timeOf(version, field);
      return ms !== undefined && compare(ms - bound, operator);
    },
  };
}

/** What a row is filtered and sorted by; it has more than the seconds that it shows. */
export function timeOf({ createdMs, updatedMs, startsMs, left }: RowVersion, field: string): number | undefined {
  const times: Readonly<Record<string, number | undefined>> = {
    created_at: createdMs,
    updated_at: updatedMs,
    starts_at: startsMs,
    ends_at: startsMs === undefined ? undefined : startsMs + 2_700_000,
    deleted_at: left.deleted,
    archived_at: left.archived,
    cancelled_at: left.cancelled,
  };
  return times[field];
}

function idMatcher(rest: string): Filter['matches'] {
  const operator = ID_OPERATORS.find((candidate) => rest.startsWith(candidate));
  const values = rest.slice(operator?.length ?? 0).split(',');
  if (operator === undefined || !values.every((value) => /^\d{1,19}$/.test(value)))
    throw new FilterRefused('unknown operator or no id');
  if (operator === '=') return (id) => values.includes(id);
  const [bound = '0'] = values;
  return (id) => compare(BigInt(id) === BigInt(bound) ? 0 : BigInt(id) > BigInt(bound) ? 1 : -1, operator);
}

function compare(difference: number, operator: (typeof ID_OPERATORS)[number]): boolean {
  switch (operator) {
    case '>=':
      return difference >= 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '<':
      return difference < 0;
    case '=':
      return difference === 0;
    case '!=':
      return difference !== 0;
  }
}
