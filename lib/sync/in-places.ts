import type { Clock } from '../ports/clock.ts';

export interface Places {
  /** How many work at a time. */
  readonly count: number;
  /** Whoever takes longer gives his place to the next, and goes on beside it. */
  readonly patienceMs: number;
}

/** Works on each entry, so many at a time, in order. `work` must not throw. */
export async function inPlaces<T>(
  clock: Pick<Clock, 'sleep'>,
  entries: readonly T[],
  { count, patienceMs }: Places,
  work: (entry: T) => Promise<void>,
): Promise<void> {
  const waiting = [...entries];
  const begun: Promise<void>[] = [];
  const place = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const done = work(next);
      begun.push(done);
      // Nobody is timed for whose place nobody waits.
      if (waiting.length > 0) await Promise.race([done, clock.sleep(patienceMs)]);
    }
  };
  await Promise.all(Array.from({ length: count }, place));
  await Promise.all(begun);
}
