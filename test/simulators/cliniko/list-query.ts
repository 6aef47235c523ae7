import type { ClinikoAccount } from './cliniko-account.ts';
import { type Filter, FilterRefused, parseFilter, timeOf } from './filters.ts';
import type { Resource } from './resources.ts';
import { type Leaving, type RowVersion, versionAt } from './row.ts';

const LEAVING_TIMES = ['deleted_at', 'archived_at', 'cancelled_at'];

export interface FoundRow {
  readonly id: string;
  readonly version: RowVersion;
}

/** The rows of a list that meet a query's filters, in its order. Parameters that the vendor does not know count for nothing. @throws FilterRefused */
export function findRows(
  account: ClinikoAccount,
  resource: Resource,
  list: Leaving | undefined,
  parameters: URLSearchParams,
): readonly FoundRow[] {
  const { behaviour } = account;
  const alsoBy = behaviour.filtersByLeavingTimes ? LEAVING_TIMES : [];
  const texts = [...parameters.getAll('q[]'), ...parameters.getAll('q')];
  const filters = texts.map((text) => parseFilter(text, resource, alsoBy));
  const lagMs = filters.some(({ isByTime }) => isByTime) ? behaviour.indexLagMs : 0;
  const rows = account.rows(resource.name).flatMap((row): readonly FoundRow[] => {
    const version = versionAt(row, account.trueMs() - lagMs);
    return version === undefined ? [] : [{ id: row.id, version }];
  });
  const found = rows.filter(
    ({ id, version }) =>
      isListed(version, list, filters, behaviour.plainListsShowGone) &&
      filters.every(({ matches }) => matches(id, version)),
  );
  return found.toSorted(sorting(resource, parameters));
}

/** A filter by the time of leaving shows, in the plain list, what has left in that way. */
function isListed(
  { left }: RowVersion,
  list: Leaving | undefined,
  filters: readonly Filter[],
  showsGone: boolean,
): boolean {
  if (list === 'deleted') return left.deleted !== undefined;
  if (left.deleted !== undefined) return false;
  if (list !== undefined) return left[list] !== undefined;
  const isAskedFor = (way: Leaving) => filters.some(({ field }) => field === `${way}_at`);
  return (['archived', 'cancelled'] as const).every((way) => left[way] === undefined || showsGone || isAskedFor(way));
}

function sorting({ times }: Resource, parameters: URLSearchParams): (a: FoundRow, b: FoundRow) => number {
  const columns = (parameters.get('sort') ?? 'created_at').split(',').map((text) => text.split(':'));
  const common = parameters.get('order') === 'desc' ? 'desc' : 'asc';
  for (const [column = ''] of columns) {
    if (column !== 'id' && !times.includes(column)) throw new FilterRefused('unknown column to sort by');
  }
  return (a, b) => {
    for (const [column = '', direction = common] of columns) {
      const difference =
        column === 'id' ? byId(a, b) : (timeOf(a.version, column) ?? 0) - (timeOf(b.version, column) ?? 0);
      if (difference !== 0) return direction === 'desc' ? -difference : difference;
    }
    return 0;
  };
}

function byId(a: FoundRow, b: FoundRow): number {
  return BigInt(a.id) < BigInt(b.id) ? -1 : 1;
}
