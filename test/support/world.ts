import { DEFAULT_POLICY, type Policy } from '../../lib/config/policy.ts';
import { metaKey } from '../../lib/domain/cache-layout.ts';
import { plusMs } from '../../lib/domain/instant.ts';
import { auditItem, partitionKey, WHOLE_STREAM } from '../../lib/domain/names.ts';
import type { ForceWish, PartitionState } from '../../lib/domain/partition.ts';
import type { Run } from '../../lib/domain/run.ts';
import type { StreamState } from '../../lib/domain/stream.ts';
import type { Lane, Task } from '../../lib/domain/task.ts';
import type { Connection, ConnectionPolicy } from '../../lib/ports/connections.ts';
import type { OutgoingTask, TaskQueue } from '../../lib/ports/task-queue.ts';
import { OpenedSources } from '../../lib/runtime/opened-sources.ts';
import { newRunId } from '../../lib/sync/new-run-id.ts';
import { planCycle } from '../../lib/sync/plan-cycle.ts';
import { runTask, type Verdict } from '../../lib/sync/run-task.ts';
import type { SyncPorts } from '../../lib/sync/sync-context.ts';
import { InMemoryCache } from '../fakes/in-memory-cache.ts';
import { InMemoryCallBudget } from '../fakes/in-memory-call-budget.ts';
import { InMemoryConnectionRegistry } from '../fakes/in-memory-connection-registry.ts';
import { InMemoryDeadLetterNotes } from '../fakes/in-memory-dead-letter-notes.ts';
import { InMemoryDeletionLog } from '../fakes/in-memory-deletion-log.ts';
import { InMemoryDriftStore } from '../fakes/in-memory-drift-store.ts';
import { InMemoryForgottenStore } from '../fakes/in-memory-forgotten-store.ts';
import { InMemoryHintInbox } from '../fakes/in-memory-hint-inbox.ts';
import { InMemoryPartitionStore } from '../fakes/in-memory-partition-store.ts';
import { InMemoryPlanStore } from '../fakes/in-memory-plan-store.ts';
import { InMemoryQuarantineStore } from '../fakes/in-memory-quarantine-store.ts';
import { InMemoryRedelivery } from '../fakes/in-memory-redelivery.ts';
import { InMemoryRunStore } from '../fakes/in-memory-run-store.ts';
import { InMemoryStreamStore } from '../fakes/in-memory-stream-store.ts';
import { InMemoryTelemetry } from '../fakes/in-memory-telemetry.ts';
import { InMemoryTokenStore } from '../fakes/in-memory-token-store.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { SeededRandomness } from '../fakes/seeded-randomness.ts';
import { cachedRecords } from './cached-records.ts';
import { TinyServer } from './tiny-source/tiny-server.ts';
import { tinySource } from './tiny-source/tiny-source.ts';

export const LIBRARY = { connection: 'library', stream: 'books' } as const;

const SLICE_MS = 118_000;

/** A queue that keeps what was sent until a test delivers it. */
class HeldQueue implements TaskQueue {
  readonly sent: OutgoingTask[] = [];
  /** How many of the next tasks are refused. */
  refusing = 0;

  async send(tasks: readonly OutgoingTask[]): Promise<readonly OutgoingTask[]> {
    const refused = tasks.slice(0, this.refusing);
    this.refusing -= refused.length;
    this.sent.push(...tasks.slice(refused.length));
    return refused;
  }
}

export interface WorldOptions {
  readonly coverage?: 'stream' | 'partition';
  /** Whether books are kept in segments. */
  readonly segmented?: boolean;
  /** Whether the source's answers may take minutes. */
  readonly slow?: boolean;
  readonly policy?: Partial<Policy>;
  /** What the connection itself says. */
  readonly own?: ConnectionPolicy;
  /** Whether records of one text are duplicates of each other. */
  readonly identified?: boolean;
  /** Whether an id names one record of all partitions, and not one of each. */
  readonly locators?: boolean;
  /** Whether there is a second stream, `copies`, of the same records. */
  readonly copies?: boolean;
  readonly perDay?: number;
  readonly perMinute?: number;
  readonly resetZone?: string;
}

/** The whole of syncing in memory: the real use cases over fakes, one tiny source, and a clock that tests move. */
export class World {
  readonly clock = new ManualClock();
  readonly server = new TinyServer(this.clock);
  readonly queue = new HeldQueue();
  readonly cache = new InMemoryCache();
  readonly telemetry = new InMemoryTelemetry();
  readonly partitions = new InMemoryPartitionStore(this.clock);
  readonly streams = new InMemoryStreamStore(this.clock);
  readonly runs = new InMemoryRunStore(this.clock);
  readonly quarantine = new InMemoryQuarantineStore(this.clock);
  readonly plans = new InMemoryPlanStore(this.clock);
  readonly drift = new InMemoryDriftStore();
  readonly forgotten = new InMemoryForgottenStore();
  readonly deletions = new InMemoryDeletionLog(this.clock);
  readonly hints = new InMemoryHintInbox(this.clock);
  readonly registry = new InMemoryConnectionRegistry();
  readonly notes = new InMemoryDeadLetterNotes(this.clock);
  readonly redelivery = new InMemoryRedelivery(this.clock);
  readonly givingBack = { notes: this.notes, redelivery: this.redelivery, retryMs: 30_000 };
  /** Version of the cache layout that the stream is to have. */
  layout = 1;
  readonly ports: SyncPorts;
  readonly sources: OpenedSources;
  #invocations = 0;

  constructor(options: WorldOptions = {}) {
    const { clock, telemetry } = this;
    const randomness = new SeededRandomness(7);
    const budget = new InMemoryCallBudget(clock, 'world');
    this.ports = {
      partitions: this.partitions,
      streams: this.streams,
      runs: this.runs,
      quarantine: this.quarantine,
      plans: this.plans,
      drift: this.drift,
      forgotten: this.forgotten,
      deletions: this.deletions,
      hints: this.hints,
      registry: this.registry,
      cache: this.cache,
      queue: this.queue,
      budget,
      clock,
      randomness,
      telemetry,
    };
    this.sources = new OpenedSources({
      kinds: [tinySource],
      connections: { list: async () => ({ connections: [connectionOf(options, this.layout)], broken: [] }) },
      registry: this.registry,
      policy: { ...DEFAULT_POLICY, ...options.policy },
      budget,
      http: this.server,
      tokens: new InMemoryTokenStore(clock),
      clock,
      randomness,
      telemetry,
      allowLoopback: true,
    });
  }

  /** One planner invocation. */
  async plan(ports: Partial<SyncPorts> = {}): Promise<void> {
    await planCycle({ ...this.ports, ...ports }, this.sources, this.#slice());
  }

  /** Delivers one message, as the sync function would. A thrown error is a message that goes back. */
  async deliver(task: Task, ports: Partial<SyncPorts> = {}, lane: Lane = 'scheduled'): Promise<Verdict | Error> {
    try {
      return await runTask({ ...this.ports, ...ports }, this.sources, task, this.#slice(), lane);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Takes everything from the queue. */
  take(): readonly Task[] {
    return this.queue.sent.splice(0).map(({ task }) => task);
  }

  /** Delivers messages until none is left; delays are waited for. */
  async drain(limit = 500): Promise<void> {
    for (let delivered = 0; this.queue.sent.length > 0; delivered += 1) {
      if (delivered > limit) throw new Error('the queue never empties');
      const next = this.queue.sent.shift();
      if (next === undefined) return;
      this.clock.advance(next.delayMs ?? 0);
      await this.deliver(next.task, {}, next.lane === 'slow' ? 'slow' : 'scheduled');
    }
  }

  /** Compares the cache with the source, or one shelf of it, and waits for the end. @returns the run */
  async audit(wish: ForceWish = { repair: true }, shelf = WHOLE_STREAM): Promise<Run | undefined> {
    const key = partitionKey(LIBRARY, auditItem(shelf));
    const { run } = await this.partitions.requestForce(key, newRunId(this.ports), wish);
    await this.deliver({ ...LIBRARY, partition: shelf, task: 'audit', run });
    await this.drain();
    return this.runs.find(run, [LIBRARY.connection]);
  }

  /** A planner cycle and everything it leads to, one interval after the last. */
  async cycle(): Promise<void> {
    this.clock.advance(300_000);
    await this.plan();
    await this.drain();
  }

  /** Runs until the first load is complete. */
  async load(): Promise<void> {
    await this.plan();
    await this.drain();
    await this.cycle();
  }

  async partition(shelf: string): Promise<PartitionState | undefined> {
    return this.partitions.read(partitionKey(LIBRARY, shelf));
  }

  async stream(): Promise<StreamState | undefined> {
    return this.streams.read(LIBRARY);
  }

  /** What readers are told of a shelf. */
  told(shelf: string, field: string): string | undefined {
    return this.cache.keys.hash(metaKey('shelf', shelf, LIBRARY.stream)).get(field);
  }

  /** What applications read for a shelf: record id → exact text. */
  cached(shelf: string): ReadonlyMap<string, string> {
    return new Map(cachedRecords(this.cache.keys, 'shelf', partitionKey(LIBRARY, shelf)));
  }

  /** Source calls of a kind made so far. */
  calls(path = '/books'): number {
    return this.server.requests.filter(({ pathname }) => pathname === path).length;
  }

  #slice() {
    const endsAt = plusMs(this.clock.now(), SLICE_MS);
    this.#invocations += 1;
    return { owner: `invocation-${this.#invocations}`, remainingMs: () => Math.max(0, endsAt - this.clock.now()) };
  }
}

function connectionOf(options: WorldOptions, layout: number): Connection {
  const {
    coverage = 'stream',
    own: policy = {},
    copies = false,
    segmented = false,
    slow = false,
    identified = false,
    locators = true,
    ...limits
  } = options;
  const { perDay, perMinute, resetZone } = limits;
  const settings = {
    url: 'http://library.test',
    copies,
    coverage,
    segmented,
    slow,
    identified,
    locators,
    perDay,
    perMinute,
    resetZone,
    layout,
  };
  return { id: LIBRARY.connection, source: 'tiny', enabled: true, policy, settings, secrets: {} };
}
