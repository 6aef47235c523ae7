import { setTimeout } from 'node:timers/promises';
import { type Instant, instantFromMs } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';

/** This machine's own clocks. */
export class SystemClock implements Clock {
  now(): Instant {
    return instantFromMs(Date.now());
  }

  monotonicMs(): number {
    return performance.now();
  }

  async sleep(ms: number): Promise<void> {
    if (ms > 0) await setTimeout(ms);
  }
}
