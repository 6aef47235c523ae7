import type { Clock } from '../../ports/clock.ts';

let calls = 0;

/**
 * A short text that names one call of one process. A write leaves it in the item, so that when the SDK repeats a
 * request whose answer was lost, the refused repetition can be told from a refusal: the item carries our token.
 */
export function callToken(clock: Clock): string {
  calls += 1;
  const wall = (clock.now() % 36 ** 6).toString(36);
  const microseconds = (Math.trunc(clock.monotonicMs() * 1000) % 36 ** 5).toString(36);
  return `${wall}.${microseconds}.${calls.toString(36)}`;
}
