import { auditItem } from '../../../lib/domain/names.ts';
import { needsAttention } from '../../../lib/domain/partition.ts';
import type { Setting } from '../history.ts';
import type { Simulation } from '../simulation.ts';

export interface Difference {
  readonly shelf: string;
  readonly id: string;
  readonly what: 'missing' | 'stale' | 'extra';
}

/** Records about which cache and source do not agree, those nobody can apply and the failing shelf apart. */
export function differences({ library, state, setting }: Simulation): readonly Difference[] {
  const found: Difference[] = [];
  const excluded = state.excluded();
  for (const version of library.books()) {
    const { id, shelf = '', flaw } = version;
    if (flaw !== undefined || shelf === setting.failingShelf || excluded.has(id)) continue;
    if (!state.holds(version)) found.push({ shelf, id, what: state.cached(shelf).has(id) ? 'stale' : 'missing' });
  }
  for (const shelf of library.shelves) {
    if (shelf === setting.failingShelf) continue;
    for (const id of state.cached(shelf).keys()) {
      const now = library.history.current(id);
      // Where it is now cannot be read, so nobody knows that it left.
      const belongs = now?.shelf === shelf && !excluded.has(id);
      if (now?.flaw === undefined && !belongs) found.push({ shelf, id, what: 'extra' });
    }
  }
  return found;
}

/** Whether no query by time can show a difference: it is a deletion, or a loss that only reading everything finds. */
export function isForAudit({ library, losses, state, setting }: Simulation, { shelf, id, what }: Difference): boolean {
  if (what === 'extra' && state.excluded().has(id)) return false;
  if (losses.has(shelf, id) || state.quarantined().has(id)) return true;
  if (what !== 'extra') return false;
  const now = library.history.current(id);
  if (now?.shelf === undefined) return setting.removals === 'silent' || isUnheard(setting, shelf, now?.from);
  return now.shelf === setting.failingShelf;
}

/**
 * Whether it left where nobody may have listened: a shelf that cannot be read, or, where shelves are asked one by one,
 * one that it had moved to and that was not read yet.
 */
function isUnheard({ coverage, failingShelf }: Setting, shelf: string, from: string | undefined): boolean {
  return from === failingShelf || (coverage === 'partition' && from !== shelf);
}

/** Shelves whose deletions wait for a person. */
export function heldShelves({ state, library }: Simulation): ReadonlySet<string> {
  const plans = [...state.tables.plans.values()].filter((plan) => plan.state === 'held' && plan.reason === 'absent');
  const held = new Set(plans.map(({ partition }) => partition));
  // A record without its id might be any of those that are missing.
  for (const { id, flaw } of library.books()) {
    if (flaw !== 'no-id') continue;
    for (const shelf of library.shelves) if (state.cached(shelf).has(id)) held.add(shelf);
  }
  return held;
}

type Unfinished = Pick<Simulation, 'state' | 'queues' | 'workers'> & { readonly setting?: Simulation['setting'] };

/** Work that nobody has finished, though nothing hinders it any more. */
export function unfinished({ state, setting, queues, workers }: Unfinished): readonly string[] {
  const failingShelf = setting?.failingShelf;
  const partitions = state
    .partitions()
    .filter((partition) => !isOf(partition.id, failingShelf) && needsAttention(partition))
    .map(({ id, pending, force, full }) => `${id}: ${JSON.stringify({ pending, force, full })}`);
  const waiting = queues.empty || failingShelf !== undefined ? [] : ['messages wait'];
  const working = workers.size === 0 || failingShelf !== undefined ? [] : [`${workers.size} workers are under way`];
  return [...partitions, ...waiting, ...working];
}

/** Whether an item keeps the place of work on a shelf, or of an audit of it. */
function isOf(item: string, shelf: string | undefined): boolean {
  return shelf !== undefined && (item === shelf || item === auditItem(shelf));
}
