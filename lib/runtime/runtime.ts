import { SqsRedelivery } from '../adapters/sqs/sqs-redelivery.ts';
import { UpstashCache } from '../adapters/upstash/upstash-cache.ts';
import type { GivingBack } from '../sync/give-back.ts';
import type { SyncPorts } from '../sync/sync-context.ts';
import { type BaseRuntime, createBaseRuntime } from './base-runtime.ts';

/** Everything a worker works with, wired to the real services. Made once per execution environment. */
export interface Runtime extends Pick<BaseRuntime, 'environment' | 'sources' | 'telemetry'> {
  readonly ports: SyncPorts;
  /** For messages that failed. */
  readonly givingBack: GivingBack;
}

export function createRuntime(service: string): Runtime {
  const { environment, ports, sources, cacheAccess, sqs, queueUrls, notes, telemetry } = createBaseRuntime(service);
  const retryMs = environment.policy.retrySeconds * 1_000;
  const givingBack = { notes, redelivery: new SqsRedelivery(sqs, queueUrls), retryMs };
  return { environment, ports: { ...ports, cache: new UpstashCache(cacheAccess) }, sources, givingBack, telemetry };
}
