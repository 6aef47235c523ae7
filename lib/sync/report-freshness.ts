import type { Instant } from '../domain/instant.ts';
import type { StreamKey } from '../domain/names.ts';
import { latenessMs } from '../domain/schedule.ts';
import type { StreamContext } from './sync-context.ts';

/**
 * Reports how far a stream is behind: what the alarm goes by. Where it has a schedule that is counted from the first
 * of its instants that passed in vain. `now` is the source's clock where that is known.
 */
export function reportFreshness(
  { telemetry, stream }: Pick<StreamContext, 'telemetry' | 'stream'>,
  key: StreamKey,
  watermark: Instant,
  now: Instant,
): void {
  telemetry.metric('FreshnessSeconds', Math.round(latenessMs(watermark, stream.rules, now) / 1_000), key);
}
