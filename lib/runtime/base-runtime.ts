import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoCallBudget } from '../adapters/dynamodb/dynamo-call-budget.ts';
import { DynamoConnectionRegistry } from '../adapters/dynamodb/dynamo-connection-registry.ts';
import { DynamoDeadLetterNotes } from '../adapters/dynamodb/dynamo-dead-letter-notes.ts';
import { DynamoDriftStore } from '../adapters/dynamodb/dynamo-drift-store.ts';
import { DynamoForgottenStore } from '../adapters/dynamodb/dynamo-forgotten-store.ts';
import { DynamoPartitionStore } from '../adapters/dynamodb/dynamo-partition-store.ts';
import { DynamoPlanStore } from '../adapters/dynamodb/dynamo-plan-store.ts';
import { DynamoQuarantineStore } from '../adapters/dynamodb/dynamo-quarantine-store.ts';
import { DynamoRunStore } from '../adapters/dynamodb/dynamo-run-store.ts';
import { DynamoStreamStore } from '../adapters/dynamodb/dynamo-stream-store.ts';
import { DynamoTokenStore } from '../adapters/dynamodb/dynamo-token-store.ts';
import { FetchHttp } from '../adapters/http/fetch-http.ts';
import { type QueueUrls, SqsTaskQueue } from '../adapters/sqs/sqs-task-queue.ts';
import { SsmParameters } from '../adapters/ssm/ssm-parameters.ts';
import { SystemClock } from '../adapters/system/system-clock.ts';
import { SystemRandomness } from '../adapters/system/system-randomness.ts';
import { PowertoolsTelemetry } from '../adapters/telemetry/powertools-telemetry.ts';
import { type Environment, readEnvironment } from '../config/read-environment.ts';
import type { DeadLetterNotes } from '../ports/dead-letter-notes.ts';
import type { CacheAccess } from '../ports/parameters.ts';
import type { SourceKind } from '../ports/source.ts';
import type { SyncPorts } from '../sync/sync-context.ts';
import { createDynamoClient, createSqsClient, createSsmApi } from './aws-clients.ts';
import { OpenedSources } from './opened-sources.ts';

const HOLDER_LENGTH = 6;

/** The product's name and where it lives: some vendors refuse clients that do not say who they are. */
const USER_AGENT = 'tidemark/0.1 (+https://github.com/tidemark-sync/tidemark)';

/** What every function works with, whatever it does with the cache. */
export interface BaseRuntime {
  readonly environment: Environment;
  readonly ports: Omit<SyncPorts, 'cache' | 'deletions' | 'hints'>;
  readonly sources: OpenedSources;
  readonly cacheAccess: CacheAccess;
  readonly dynamo: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly queueUrls: QueueUrls;
  readonly notes: DeadLetterNotes;
  readonly telemetry: PowertoolsTelemetry;
}

/** @param kinds which kinds of source it can open: those alone are part of a function's bundle */
export function createBaseRuntime(service: string, kinds: readonly SourceKind[]): BaseRuntime {
  const environment = readEnvironment();
  const clock = new SystemClock();
  const randomness = new SystemRandomness();
  const telemetry = new PowertoolsTelemetry(service);
  const dynamo = createDynamoClient();
  const table = environment.tableName;
  const parameters = new SsmParameters(createSsmApi(), environment.parameterPrefix, clock);
  const budget = new DynamoCallBudget(dynamo, table, clock, randomness.token(HOLDER_LENGTH));
  const sqs = createSqsClient();
  const queueUrls = {
    priority: environment.priorityQueueUrl,
    scheduled: environment.scheduledQueueUrl,
    imports: environment.importsQueueUrl,
    slow: environment.slowQueueUrl,
  };
  const ports: BaseRuntime['ports'] = {
    partitions: new DynamoPartitionStore(dynamo, table, clock),
    streams: new DynamoStreamStore(dynamo, table, clock),
    runs: new DynamoRunStore(dynamo, table, clock),
    quarantine: new DynamoQuarantineStore(dynamo, table, clock),
    plans: new DynamoPlanStore(dynamo, table, clock),
    drift: new DynamoDriftStore(dynamo, table, clock),
    forgotten: new DynamoForgottenStore(dynamo, table, clock),
    registry: new DynamoConnectionRegistry(dynamo, table, clock),
    queue: new SqsTaskQueue(sqs, queueUrls, telemetry),
    budget,
    clock,
    randomness,
    telemetry,
  };
  const sources = new OpenedSources({
    kinds,
    connections: parameters,
    registry: ports.registry,
    policy: environment.policy,
    budget,
    http: new FetchHttp({ userAgent: USER_AGENT }),
    tokens: new DynamoTokenStore(dynamo, table, clock),
    clock,
    randomness,
    telemetry,
    allowLoopback: environment.allowLoopback,
  });
  const notes = new DynamoDeadLetterNotes(dynamo, table, clock);
  return { environment, ports, sources, cacheAccess: parameters, dynamo, sqs, queueUrls, notes, telemetry };
}
