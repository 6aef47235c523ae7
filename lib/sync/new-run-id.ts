import { formatRunId, RUN_CHANCE_DIGITS } from '../domain/run-id.ts';
import type { Clock } from '../ports/clock.ts';
import type { Randomness } from '../ports/randomness.ts';

export function newRunId(tools: { readonly clock: Clock; readonly randomness: Randomness }): string {
  return formatRunId(tools.clock.now(), tools.randomness.token(RUN_CHANCE_DIGITS));
}
