import { breakerPhase, heldUntil } from '../domain/breaker.ts';
import { toIso } from '../domain/instant.ts';
import type { OpenConnection, OpenStream } from '../ports/sources.ts';
import { plannedStreams } from './planned-streams.ts';
import { reportFreshness } from './report-freshness.ts';
import type { SyncPorts } from './sync-context.ts';

/**
 * Whether the connection's source is down and not to be asked yet: then nothing of it is planned. Its streams stay due,
 * so they catch up with one delta each when it is back, however many cycles were left out.
 */
export async function isHeldBack(ports: SyncPorts, connection: OpenConnection): Promise<boolean> {
  const { id } = connection.connection;
  const now = ports.clock.now();
  const { breaker } = await ports.budget.read(id);
  const phase = breakerPhase(breaker, now);
  ports.telemetry.metric('BreakerOpen', phase === 'closed' ? 0 : 1, { connection: id });
  if (phase !== 'open') return false;
  const retryAt = heldUntil(breaker, now) ?? now;
  ports.telemetry.log('warn', 'nothing is planned while the source is down', {
    connection: id,
    failures: breaker?.failures,
    retryAt: toIso(retryAt),
  });
  await Promise.all(plannedStreams(connection).map((stream) => reportStream(ports, id, stream)));
  return true;
}

/** By this machine's clock: the source's is not to be had. */
async function reportStream(ports: SyncPorts, connection: string, stream: OpenStream): Promise<void> {
  const key = { connection, stream: stream.name };
  const state = await ports.streams.read(key);
  if (state?.watermark === undefined || state.paused) return;
  reportFreshness({ telemetry: ports.telemetry, stream }, key, state.watermark, ports.clock.now());
}
