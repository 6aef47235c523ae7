import { DynamoDeletionLog } from '../adapters/dynamodb/dynamo-deletion-log.ts';
import { DynamoHintInbox } from '../adapters/dynamodb/dynamo-hint-inbox.ts';
import { SqsRedelivery } from '../adapters/sqs/sqs-redelivery.ts';
import { UpstashCache } from '../adapters/upstash/upstash-cache.ts';
import type { SourceKind } from '../ports/source.ts';
import type { Sources } from '../ports/sources.ts';
import type { GivingBack } from '../sync/give-back.ts';
import type { SyncPorts } from '../sync/sync-context.ts';
import { type BaseRuntime, createBaseRuntime } from './base-runtime.ts';

/** Everything a worker works with, wired to the real services. Made once per execution environment. */
export interface Runtime extends Pick<BaseRuntime, 'environment' | 'telemetry'> {
  readonly sources: Sources;
  readonly ports: SyncPorts;
  /** For messages that failed. */
  readonly givingBack: GivingBack;
}

export function createRuntime(service: string, kinds: readonly SourceKind[]): Runtime {
  const { environment, sources, dynamo, sqs, queueUrls, notes, telemetry, ...base } = createBaseRuntime(service, kinds);
  const ports: SyncPorts = {
    ...base.ports,
    cache: new UpstashCache(base.cacheAccess),
    deletions: new DynamoDeletionLog(dynamo, environment.tableName, base.ports.clock),
    hints: new DynamoHintInbox(dynamo, environment.tableName, base.ports.clock),
  };
  const retryMs = environment.policy.retrySeconds * 1_000;
  const givingBack = { notes, redelivery: new SqsRedelivery(sqs, queueUrls), retryMs };
  return { environment, ports, sources, givingBack, telemetry };
}
