import type { StreamKey } from '../domain/names.ts';
import type { SyncPorts } from './sync-context.ts';

/**
 * Stops or resumes the automatic sync of streams. What is under way ends normally, and a force works all the same.
 * Safe to repeat.
 */
export async function setPause(
  ports: Pick<SyncPorts, 'streams' | 'telemetry'>,
  streams: readonly StreamKey[],
  paused: boolean,
): Promise<void> {
  await Promise.all(streams.map((stream) => ports.streams.setPaused(stream, paused)));
  for (const stream of streams) ports.telemetry.log('info', paused ? 'stream paused' : 'stream resumed', { ...stream });
}
