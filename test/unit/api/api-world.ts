import { createApi } from '../../../functions/api/api.ts';
import type { ApiDependencies } from '../../../functions/api/dependencies.ts';
import { renderPublicAnswers } from '../../../functions/api/openapi/render.ts';
import type { HttpEvent } from '../../../functions/api/request.ts';
import { routeTable } from '../../../functions/api/routes/table.ts';
import { DEFAULT_POLICY } from '../../../lib/config/policy.ts';
import { resolveRules } from '../../../lib/config/resolve-rules.ts';
import { recordsKey } from '../../../lib/domain/cache-layout.ts';
import { plusMs } from '../../../lib/domain/instant.ts';
import { partitionKey, type StreamKey } from '../../../lib/domain/names.ts';
import type { Run } from '../../../lib/domain/run.ts';
import type { StreamState } from '../../../lib/domain/stream.ts';
import type { AuditMode, SyncRules } from '../../../lib/domain/sync-rules.ts';
import type { BrokenConnection } from '../../../lib/ports/connections.ts';
import type { SignedRequest } from '../../../lib/ports/import-files.ts';
import type { PartitionChange } from '../../../lib/ports/partition-store.ts';
import type { Source, StreamDefinition } from '../../../lib/ports/source.ts';
import type { AccountChecks, OpenConnection, Sources } from '../../../lib/ports/sources.ts';
import { InMemoryCache } from '../../fakes/in-memory-cache.ts';
import { InMemoryCallBudget } from '../../fakes/in-memory-call-budget.ts';
import { InMemoryConnectionRegistry } from '../../fakes/in-memory-connection-registry.ts';
import { InMemoryDeadLetterNotes } from '../../fakes/in-memory-dead-letter-notes.ts';
import { InMemoryDeadLetters } from '../../fakes/in-memory-dead-letters.ts';
import { InMemoryDriftStore } from '../../fakes/in-memory-drift-store.ts';
import { InMemoryForgottenStore } from '../../fakes/in-memory-forgotten-store.ts';
import { InMemoryPartitionStore } from '../../fakes/in-memory-partition-store.ts';
import { InMemoryPlanStore } from '../../fakes/in-memory-plan-store.ts';
import { InMemoryQuarantineStore } from '../../fakes/in-memory-quarantine-store.ts';
import { InMemoryRunStore } from '../../fakes/in-memory-run-store.ts';
import { InMemoryStreamStore } from '../../fakes/in-memory-stream-store.ts';
import { InMemoryTaskQueue } from '../../fakes/in-memory-task-queue.ts';
import { InMemoryTelemetry } from '../../fakes/in-memory-telemetry.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { SeededRandomness } from '../../fakes/seeded-randomness.ts';

export const REGISTRATIONS: StreamDefinition = {
  name: 'registrations',
  partitionKind: 'event',
  coverage: 'stream',
  locators: true,
};

export const EVENT = '4433256000013547003';
export const MAIN: StreamKey = { connection: 'main', stream: 'registrations' };

export type Scopes = '' | 'read' | 'read operate';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly text: string;
}

/** The API over fakes, with a connection `main`, a disabled one `off`, and whatever else a test adds. */
export class ApiWorld {
  readonly clock = new ManualClock();
  readonly randomness = new SeededRandomness();
  readonly cache = new InMemoryCache();
  readonly budget = new InMemoryCallBudget(this.clock, 'test');
  readonly #partitionEntries: ConstructorParameters<typeof InMemoryPartitionStore>[1] & {} = new Map();
  readonly #streamStates = new Map<string, StreamState>();
  readonly #runEntries: ConstructorParameters<typeof InMemoryRunStore>[1] & {} = new Map();
  readonly partitions = new InMemoryPartitionStore(this.clock, this.#partitionEntries);
  readonly streams = new InMemoryStreamStore(this.clock, this.#streamStates);
  readonly runs = new InMemoryRunStore(this.clock, this.#runEntries);
  readonly plans = new InMemoryPlanStore(this.clock);
  readonly drift = new InMemoryDriftStore();
  readonly quarantine = new InMemoryQuarantineStore(this.clock);
  readonly forgotten = new InMemoryForgottenStore();
  readonly registry = new InMemoryConnectionRegistry();
  readonly queue = new InMemoryTaskQueue();
  readonly deadLetterNotes = new InMemoryDeadLetterNotes(this.clock);
  readonly deadLetters = new InMemoryDeadLetters(this.queue, this.deadLetterNotes);
  readonly telemetry = new InMemoryTelemetry();
  open: OpenConnection[] = [openConnection('main'), openConnection('off', { enabled: false })];
  broken: BrokenConnection[] = [];
  /** What an account's check finds. */
  check: AccountChecks['check'] = async () => [];
  /** How often the connections were read. */
  lookups = 0;

  readonly dependencies: ApiDependencies = {
    clock: this.clock,
    randomness: this.randomness,
    cache: this.cache,
    budget: this.budget,
    partitions: this.partitions,
    streams: this.streams,
    runs: this.runs,
    plans: this.plans,
    drift: this.drift,
    quarantine: this.quarantine,
    forgotten: this.forgotten,
    registry: this.registry,
    queue: this.queue,
    deadLetters: this.deadLetters,
    imports: {
      upload: async ({ run }, bytes) => this.#link(`uploads/${run}`, { 'content-length': String(bytes) }),
      errors: async ({ run }) => this.#link(`errors/${run}`, {}),
    },
    telemetry: this.telemetry,
    sources: this.#sources(),
    checks: { check: (open) => this.check(open) },
    publicAnswers: async () => renderPublicAnswers(routeTable(this.dependencies)),
  };

  readonly #api = createApi(this.dependencies);

  async request(method: string, path: string, options: Partial<RequestOptions> = {}): Promise<Answer> {
    const response = await this.#api(httpEvent(method, path, options));
    const json = response.headers['content-type']?.includes('json');
    const body: unknown = json ? JSON.parse(response.body) : undefined;
    return { status: response.statusCode, headers: response.headers, body, text: response.body };
  }

  get(path: string, scopes: Scopes = 'read'): Promise<Answer> {
    return this.request('GET', path, { scopes });
  }

  post(path: string, body?: unknown, scopes: Scopes = 'read operate'): Promise<Answer> {
    return this.request('POST', path, { scopes, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  #link(path: string, headers: Readonly<Record<string, string>>): SignedRequest {
    return { url: `https://files.test/${path}`, headers, expiresAt: plusMs(this.clock.now(), 900_000) };
  }

  /** Everything that work leaves behind: equal before and after a request that changed nothing. */
  traces(): unknown {
    return structuredClone([this.#partitionEntries, this.#streamStates, this.#runEntries, this.queue.sent]);
  }

  /** A partition as a run leaves it behind. */
  async addPartition(
    id: string,
    change: PartitionChange = { loaded: true, cached: true },
    title?: string,
  ): Promise<void> {
    const key = partitionKey(MAIN, id);
    await this.partitions.discover(key, title);
    const acquired = await this.partitions.acquire(key, 'test', 1_000);
    if (acquired.outcome === 'held') await this.partitions.commit(acquired.held, change);
  }

  fillCache(id: string, records: number): void {
    const key = recordsKey('event', id, 'registrations');
    for (let index = 0; index < records; index += 1) this.cache.keys.setField(key, String(index), '{}');
  }

  setStream(state: StreamState, key: StreamKey = MAIN): void {
    this.#streamStates.set(`${key.connection}#${key.stream}`, state);
  }

  async addRun(run: Run): Promise<void> {
    await this.runs.put(run);
  }

  #sources(): Sources {
    return {
      list: async () => {
        this.lookups += 1;
        return { open: this.open, broken: this.broken };
      },
    };
  }
}

export interface RequestOptions {
  readonly scopes: Scopes;
  readonly body: string;
  readonly base64: boolean;
  /** What the authorizer said, in place of `scopes`. */
  readonly authorizer: unknown;
}

/** A full event of payload format 2.0, as an HTTP API sends it. */
export function httpEvent(method: string, path: string, options: Partial<RequestOptions> = {}): HttpEvent {
  const { scopes = '', body, base64 = false } = options;
  const [rawPath = '', rawQueryString = ''] = path.split('?');
  const authorizer =
    'authorizer' in options ? options.authorizer : { lambda: { scopes, caller: scopes && '0a1b2c3d' } };
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: {
      host: 'api.example.com',
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'curl/8.9.1',
    },
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'curl/8.9.1' },
      requestId: 'request-1',
      routeKey: '$default',
      stage: '$default',
      time: '21/Nov/2026:06:47:00 +0000',
      timeEpoch: 1_795_243_620_000,
      authorizer,
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: base64,
  };
  return event;
}

export interface ConnectionOptions {
  readonly enabled: boolean;
  readonly streams: readonly StreamDefinition[];
  readonly rules: Partial<SyncRules>;
  readonly detectDiscrepancies: boolean;
  readonly audit: AuditMode;
  readonly read: Source['read'];
}

const RULES = resolveRules(DEFAULT_POLICY, { policy: {} }, REGISTRATIONS.name);

/** A connection to a source whose partition ids have up to 19 digits. */
export function openConnection(id: string, options: Partial<ConnectionOptions> = {}): OpenConnection {
  const { enabled = true, streams = [REGISTRATIONS], detectDiscrepancies = true } = options;
  const { audit = 'repair', rules = {}, read = () => Promise.reject(new Error('no records are read')) } = options;
  const source: Source = {
    streams,
    read,
    sweep: () => Promise.reject(new Error('the API audits nothing itself')),
    listPartitions: () => Promise.reject(new Error('the API discovers nothing')),
    isPartitionId: (_, text) => /^\d{1,19}$/.test(text),
  };
  return {
    connection: { id, source: 'zoho-creator', enabled, policy: {}, settings: {}, secrets: {} },
    limits: { perMinute: 50, concurrent: 5, perDay: 1_000, resetZone: 'UTC', callTimeoutMs: 30_000 },
    streams: streams.map((stream) => ({ ...stream, rules: { ...RULES, detectDiscrepancies, audit, ...rules } })),
    source: () => ({ ...source, calls: 0 }),
  };
}
