import { type BackoffRule, backoffMs } from '../domain/backoff.ts';
import { Failure } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';
import type { Randomness } from '../ports/randomness.ts';

const WITHIN_RUN: BackoffRule = { firstMs: 200, capMs: 5_000 };

export interface RetryTools {
  readonly clock: Clock;
  readonly randomness: Randomness;
}

/** The one layer that retries inside a run: `attempts` tries with capped, jittered backoff while `again` says so. */
export async function withRetries<T>(
  tools: RetryTools,
  attempts: number,
  again: (failure: Failure) => boolean,
  action: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof Failure) || attempt >= attempts || !again(error)) throw error;
      await tools.clock.sleep(backoffMs(WITHIN_RUN, attempt, tools.randomness.fraction()));
    }
  }
}
