import type { Clock } from '../../ports/clock.ts';

const STEP_MS = 12;

/**
 * Waits before a write that others got ahead of is tried again. A first refusal means that others wrote since, and is
 * tried again at once; after that callers wait for different times, the longer the more often they met.
 * @param caller tells callers apart
 */
export async function standBack(clock: Clock, attempt: number, caller: string): Promise<void> {
  if (attempt > 1) await clock.sleep(Math.round(STEP_MS * attempt * spread(`${caller}${attempt}`)));
}

/** A number in [0, 1) that is scattered over texts (FNV-1a). */
function spread(seed: string): number {
  let hash = 0x811c9dc5;
  for (const character of seed) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash / 2 ** 32;
}
