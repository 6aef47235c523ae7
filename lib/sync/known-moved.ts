import type { Pending } from '../domain/partition.ts';
import { compareStamps, parseStamp, type Stamp } from '../domain/stamp.ts';
import type { CachedVersion } from '../ports/cache-entries.ts';
import type { Held } from '../ports/partition-store.ts';
import type { Leaving } from './forgotten-among.ts';
import type { StreamContext } from './sync-context.ts';

/** Locators asked for in one command. */
const LOCATED_AT_ONCE = 10_000;

/** Records that a partition still holds, though not all of them belong there. */
export interface MovedAndOther {
  /** Record id → stamp it has elsewhere: to be removed here unless newer. */
  readonly elsewhere: Readonly<Record<string, string>>;
  /** Of which nobody knows where they are. */
  readonly others: readonly CachedVersion[];
}

/**
 * Takes those out that are known not to belong to the held partition any more: its item remembers that they are to leave,
 * or the cache has a version of them in another partition that is no older. They have not been deleted, so that neither
 * the source nor the brake is asked.
 * @param leaving what the item remembers: in neither part, because it leaves as the item says
 */
export async function withoutMoved(
  context: StreamContext,
  { key }: Pick<Held, 'key'>,
  versions: readonly CachedVersion[],
  leaving: Pick<Leaving, 'removals' | 'forgotten'>,
): Promise<MovedAndOther> {
  const staying = versions.filter((version) => !isLeaving(version, leaving));
  if (!context.stream.locators) return { elsewhere: {}, others: staying };
  const elsewhere: Record<string, string> = {};
  for (let from = 0; from < staying.length; from += LOCATED_AT_ONCE) {
    const some = staying.slice(from, from + LOCATED_AT_ONCE);
    const ids = some.map(({ record }) => record);
    const located = await context.cache.locateAll(key, ids);
    for (const { record, stamp } of some) {
      const at = located.get(record);
      if (at === undefined || at.gone !== undefined || at.partition === key.partition) continue;
      if (isNoNewer(stamp, at.stamp)) elsewhere[record] = at.stamp;
    }
  }
  return { elsewhere, others: staying.filter(({ record }) => !Object.hasOwn(elsewhere, record)) };
}

/** Of records that a partition holds and its source does not show there, those that the item does not remember to have moved. */
export function withoutLeaving(extra: ReadonlyMap<string, Stamp>, { moved }: Pending): ReadonlyMap<string, Stamp> {
  const leaving = { removals: moved, forgotten: {} };
  return new Map([...extra].filter(([record, stamp]) => !isLeaving({ record, stamp }, leaving)));
}

/** Whether what the item remembers takes this version away. */
function isLeaving(
  { record, stamp }: CachedVersion,
  { removals, forgotten }: Pick<Leaving, 'removals' | 'forgotten'>,
): boolean {
  const limit = removals[record] ?? forgotten[record];
  return limit !== undefined && isNoNewer(stamp, limit);
}

function isNoNewer(stored: Stamp, limit: Stamp): boolean {
  const [version, other] = [parseStamp(stored), parseStamp(limit)];
  return version !== undefined && other !== undefined && compareStamps(version, other) !== 'newer';
}
