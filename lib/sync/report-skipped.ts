import type { StreamKey } from '../domain/names.ts';
import type { StreamContext } from './sync-context.ts';

/** Tells that scheduled runs are left out: the stream, or so many of its partitions, were synced a short time before. */
export function reportSkipped({ telemetry }: Pick<StreamContext, 'telemetry'>, key: StreamKey, count: number): void {
  telemetry.log('info', 'scheduled runs left out: synced a short time before', { ...key, count });
}
