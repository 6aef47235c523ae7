import { earlierOf, type Instant, laterOf, plusMs } from './instant.ts';

/** How far reads reach back and how far watermarks stay behind. */
export interface WindowRule {
  /** More than the source's index lag: records that became visible late are read again. */
  readonly overlapMs: number;
  /** Records younger than this may still change within their second, so a watermark stays behind by as much. */
  readonly settleMs: number;
}

/** The inclusive lower bound of a read that continues from `watermark`. */
export function lowerBound(watermark: Instant, rule: WindowRule): Instant {
  return plusMs(watermark, -rule.overlapMs);
}

/**
 * The watermark after a complete read whose first page was served at `startedAt` (source clock): edits made while
 * paging are left to the next read. Never goes back.
 */
export function promote(current: Instant | undefined, startedAt: Instant, rule: WindowRule): Instant {
  const reached = plusMs(startedAt, -rule.settleMs);
  return current === undefined ? reached : laterOf(current, reached);
}

/** Whether the source's clock stands before the watermark: it was set back, and must be read from its own now. */
export function clockWentBack(watermark: Instant, servedAt: Instant): boolean {
  return servedAt < watermark;
}

/** The lower bound to use once the source's clock is known to have gone back. */
export function lowerBoundAfterSetback(watermark: Instant, servedAt: Instant, rule: WindowRule): Instant {
  return lowerBound(earlierOf(watermark, servedAt), rule);
}
