import { Chance } from './engine/chance.ts';
import { type FaultFamily, isOfCache, type Setting, type Step } from './history.ts';

/** What is decided by a branch of its own, so that it changes nothing else about a seed's history. */
type Rest = Pick<Setting, 'removals' | 'segmented' | 'slow' | 'movedLimit' | 'keeps'>;

/** What is decided before anything happens. */
export function composeBase(chance: Chance, families: ReadonlySet<FaultFamily>): Omit<Setting, keyof Rest> {
  const source = families.has('source');
  return {
    books: chance.between(20, 60),
    pageSize: chance.pick([2, 3, 5, 7, 12, 1_000]),
    cursors: chance.pick(['key', 'snapshot'] as const),
    scansLag: source && chance.onceIn(3),
    lagMs: source ? chance.pick([0, 0, 5_000, 60_000, 150_000]) : 0,
    skewMs: families.has('clock') ? chance.pick([0, 0, -90_000, 90_000, -240_000, 240_000]) : 0,
    coverage: chance.onceIn(8) ? 'partition' : 'stream',
    ...(source && chance.onceIn(12) ? { failingShelf: 'e' } : {}),
    inlineBytes: chance.pick([48 * 1_024, 48 * 1_024, 48 * 1_024, 300, 0]),
    batchSize: chance.pick([1, 2, 5]),
    laneConcurrency: chance.pick([1, 2, 2, 4]),
    slices: chance.pick(['long', 'short', 'mixed'] as const),
  };
}

/** All else, which may depend on what is to happen. */
export function composeRest(seed: number, steps: readonly Step[]): Rest {
  const branch = (name: string): Chance => new Chance(seed).branch(name);
  const keeps = branch('keeps').onceIn(8);
  return {
    removals: composeRemovals(branch('removals')),
    segmented: composeSegments(new Chance(seed), steps, keeps),
    slow: branch('slow').onceIn(6),
    movedLimit: branch('moved').pick([100, 100, 2]),
    keeps,
  };
}

/**
 * Where a cache has forgotten in which segment a book is, only a book that stays there is found; and one that goes to
 * another takes the text along that it has then.
 */
function composeSegments(chance: Chance, steps: readonly Step[], keeps: boolean): Setting['segmented'] {
  if (!chance.branch('segments').onceIn(2)) return false;
  return chance.branch('wandering').onceIn(2) && !keeps && !steps.some(isOfCache) ? 'wandering' : true;
}

function composeRemovals(chance: Chance): Setting['removals'] {
  if (chance.onceIn(2)) return 'silent';
  return { told: chance.pick(['since', 'always'] as const), at: chance.pick(['leaving', 'last-change'] as const) };
}
