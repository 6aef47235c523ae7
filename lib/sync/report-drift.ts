import { DRIFT_IDS, type DriftKind, type DriftReport, NO_DRIFT, totalDrift } from '../domain/drift.ts';
import type { PartitionKey } from '../domain/names.ts';
import type { FullCheckpoint } from '../domain/partition.ts';
import type { StreamContext } from './sync-context.ts';

export type FoundDrift = Omit<DriftReport, keyof PartitionKey | 'run' | 'at'>;

/** Keeps what an audit found in a partition, together with what an earlier step of the same audit found there. */
export async function reportDrift(
  context: StreamContext,
  key: PartitionKey,
  { run, drift }: FullCheckpoint,
  found: FoundDrift,
): Promise<void> {
  const earlier = totalDrift(drift ?? NO_DRIFT) === 0 ? undefined : await context.drift.read(key);
  const whole = earlier?.run === run ? merge(earlier, found) : found;
  await context.drift.put({ ...key, ...whole, ids: bounded(whole.ids), run, at: context.clock.now() });
}

/** A step that was interrupted looks at its partitions again: what it finds a second time is no second difference. */
function merge(a: FoundDrift, b: FoundDrift): FoundDrift {
  const both = (kind: DriftKind): readonly string[] => [...new Set([...a.ids[kind], ...b.ids[kind]])];
  const ids = { missing: both('missing'), stale: both('stale'), extra: both('extra'), corrupt: both('corrupt') };
  const count = (kind: DriftKind): number => {
    const namesAll = [a, b].every((found) => found.ids[kind].length === found.counts[kind]);
    return namesAll ? ids[kind].length : Math.max(a.counts[kind], b.counts[kind]);
  };
  return {
    counts: { missing: count('missing'), stale: count('stale'), extra: count('extra'), corrupt: count('corrupt') },
    ids,
    repaired: a.repaired && b.repaired,
    swept: Math.max(a.swept, b.swept),
    compared: Math.max(a.compared, b.compared),
    sourceCalls: a.sourceCalls + b.sourceCalls,
    cacheCommands: a.cacheCommands + b.cacheCommands,
  };
}

function bounded(ids: DriftReport['ids']): DriftReport['ids'] {
  const first = (kind: DriftKind): readonly string[] => ids[kind].slice(0, DRIFT_IDS);
  return { missing: first('missing'), stale: first('stale'), extra: first('extra'), corrupt: first('corrupt') };
}
