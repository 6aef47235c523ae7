import { type Instant, toIso } from '../domain/instant.ts';
import type { StreamKey } from '../domain/names.ts';
import type { SyncPorts } from './sync-context.ts';

/** Says that the source's clock stands before what has been read: a person should know, though nothing is lost. */
export function reportSetback(
  { telemetry }: Pick<SyncPorts, 'telemetry'>,
  key: StreamKey & { readonly partition?: string },
  { watermark, servedAt }: { readonly watermark: Instant; readonly servedAt: Instant },
): void {
  telemetry.metric('ClockSetbacks', 1, { connection: key.connection, stream: key.stream });
  telemetry.log('error', "the source's clock is behind the watermark", {
    ...key,
    watermark: toIso(watermark),
    sourceNow: toIso(servedAt),
  });
}
