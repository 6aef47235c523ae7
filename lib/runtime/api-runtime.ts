import { DeadLetterQueue } from '../adapters/sqs/dead-letter-queue.ts';
import { SqsDeadLetters } from '../adapters/sqs/sqs-dead-letters.ts';
import { RedisAccess } from '../adapters/upstash/redis-access.ts';
import { UpstashLookups } from '../adapters/upstash/upstash-lookups.ts';
import type { CacheLookups } from '../ports/cache.ts';
import type { DeadLetters } from '../ports/dead-letters.ts';
import type { ImportLinks } from '../ports/import-files.ts';
import type { AccountChecks, Sources } from '../ports/sources.ts';
import { SOURCE_CHECKS } from '../sources/source-checks.ts';
import { SOURCE_KINDS } from '../sources/source-kinds.ts';
import { createImportStore } from './aws-clients.ts';
import { type BaseRuntime, createBaseRuntime } from './base-runtime.ts';
import { MeteredChecks } from './metered-checks.ts';

/** What the API works with: it looks into the cache and never writes to it. */
export interface ApiRuntime extends Pick<BaseRuntime, 'environment' | 'telemetry'> {
  readonly sources: Sources;
  readonly ports: BaseRuntime['ports'] & { readonly cache: CacheLookups };
  readonly checks: AccountChecks;
  readonly deadLetters: DeadLetters;
  readonly imports: ImportLinks;
}

export function createApiRuntime(service: string): ApiRuntime {
  const { environment, ports, sources, cacheAccess, sqs, queueUrls, notes, telemetry } = createBaseRuntime(
    service,
    SOURCE_KINDS,
  );
  const cache = new UpstashLookups(new RedisAccess(cacheAccess));
  const deadLetters = new SqsDeadLetters(new DeadLetterQueue(sqs, environment.deadLetterQueueUrl), {
    lanes: queueUrls,
    tasks: ports.queue,
    notes,
    clock: ports.clock,
    telemetry,
  });
  const imports = createImportStore(environment.importBucket, ports.clock);
  const checks = new MeteredChecks(SOURCE_CHECKS, sources);
  return { environment, ports: { ...ports, cache }, sources, checks, deadLetters, imports, telemetry };
}
