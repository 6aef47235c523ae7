import type { Instant } from '../domain/instant.ts';

/** This machine's time. Never the source of a watermark: those come from the source's clock. */
export interface Clock {
  now(): Instant;
  /** Milliseconds from an arbitrary beginning; never jumps back. */
  monotonicMs(): number;
  sleep(ms: number): Promise<void>;
}
