import type { History, Step } from './history.ts';
import { type HistoryEnd, type RunHistory, runHistory } from './run-history.ts';

export interface Shrunk {
  readonly history: History;
  readonly end: HistoryEnd;
  readonly attempts: number;
}

/**
 * Looks for a shorter history that violates the same property: drops ever smaller parts of the steps as long as that
 * works (delta debugging), a bounded number of times.
 */
export async function shrink(
  history: History,
  end: HistoryEnd,
  run: RunHistory = runHistory,
  mostAttempts = 400,
): Promise<Shrunk> {
  const property = end.violation?.property;
  let [best, bestEnd, attempts] = [history, end, 0];
  // What comes after the violation did not lead to it.
  const attempt = async (steps: readonly Step[]): Promise<boolean> => {
    attempts += 1;
    const candidate = { ...best, steps };
    const tried = await run(candidate);
    if (tried.violation?.property !== property) return false;
    [best, bestEnd] = [candidate, tried];
    return true;
  };
  await attempt(history.steps.filter(({ atMs }) => atMs <= (end.violation?.atMs ?? 0)));
  for (let parts = 2; attempts < mostAttempts && best.steps.length > 0; ) {
    const size = Math.ceil(best.steps.length / parts);
    let dropped = false;
    for (let start = 0; start < best.steps.length && attempts < mostAttempts; ) {
      const rest = [...best.steps.slice(0, start), ...best.steps.slice(start + size)];
      if (await attempt(rest)) dropped = true;
      else start += size;
    }
    if (!dropped && size === 1) break;
    if (!dropped) parts = Math.min(best.steps.length, parts * 2);
  }
  return { history: best, end: bestEnd, attempts };
}
