import type { PlannerJob } from '../../functions/planner/planner-job.ts';
import { runBatch } from '../../functions/sync/sync-batch.ts';
import { DEFAULT_POLICY } from '../../lib/config/policy.ts';
import type { Lane } from '../../lib/domain/task.ts';
import type { OpenConnection, Sources } from '../../lib/ports/sources.ts';
import type { Telemetry } from '../../lib/ports/telemetry.ts';
import { planCycle } from '../../lib/sync/plan-cycle.ts';
import { auditAll, discoverAll, walkAll } from '../../lib/sync/plan-seldom.ts';
import type { Slice, SyncPorts } from '../../lib/sync/sync-context.ts';
import { SLICE_RESERVE_MS } from '../../lib/sync/sync-context.ts';
import { InMemoryCallBudget } from '../fakes/in-memory-call-budget.ts';
import { InMemoryConnectionRegistry } from '../fakes/in-memory-connection-registry.ts';
import { InMemoryDeadLetterNotes } from '../fakes/in-memory-dead-letter-notes.ts';
import { InMemoryDeletionLog } from '../fakes/in-memory-deletion-log.ts';
import { InMemoryDriftStore } from '../fakes/in-memory-drift-store.ts';
import { InMemoryForgottenStore } from '../fakes/in-memory-forgotten-store.ts';
import { InMemoryPlanStore } from '../fakes/in-memory-plan-store.ts';
import { InMemoryQuarantineStore } from '../fakes/in-memory-quarantine-store.ts';
import { InMemoryRunStore } from '../fakes/in-memory-run-store.ts';
import { InMemoryStreamStore } from '../fakes/in-memory-stream-store.ts';
import { SeededRandomness } from '../fakes/seeded-randomness.ts';
import { Chance } from './engine/chance.ts';
import { type Equipment, equip, onlyConnection } from './engine/invocations.ts';
import { type Message, MessageQueues } from './engine/message-queues.ts';
import { ArmedFaults } from './engine/port-faults.ts';
import { Timeline } from './engine/timeline.ts';
import { Trace } from './engine/trace.ts';
import { type Ended, type WorkerKind, Workers } from './engine/workers.ts';
import type { History, Setting } from './history.ts';
import { Library } from './library/library.ts';
import { LibraryServer } from './library/library-server.ts';
import { WatchedCache, WatchedPartitions } from './monitors/fences.ts';
import { Losses } from './monitors/losses.ts';
import { ReaderMonitor } from './monitors/readers.ts';
import { RunMonitor } from './monitors/runs.ts';
import { LIBRARY, SystemState, type Tables } from './monitors/state.ts';
import { Verdicts } from './monitors/verdicts.ts';
import { WatermarkMonitor } from './monitors/watermarks.ts';

const LONG_SLICE_MS = 118_000;
const RETRY_MS = DEFAULT_POLICY.retrySeconds * 1_000;
const PERSON_SLICE_MS = 28_000;

const SILENT: Telemetry = { log: () => {}, metric: () => {} };

/** One seed's world: source, queues, tables, cache, workers and whoever watches them. */
export class Simulation {
  readonly timeline = new Timeline();
  readonly trace: Trace;
  readonly library: Library;
  readonly server: LibraryServer;
  readonly queues: MessageQueues;
  readonly faults = new ArmedFaults();
  readonly workers: Workers;
  readonly cache = new WatchedCache();
  readonly state: SystemState;
  readonly verdicts: Verdicts;
  readonly losses: Losses;
  readonly readers: ReaderMonitor;
  readonly watermarks: WatermarkMonitor;
  readonly runs: RunMonitor;
  readonly setting: Setting;
  readonly #chance: Chance;
  readonly #ports: SyncPorts;
  readonly #partitions: WatchedPartitions;
  readonly #budget: InMemoryCallBudget;
  readonly #notes: InMemoryDeadLetterNotes;
  readonly #working: Record<Lane, number> = { priority: 0, scheduled: 0 };
  /** Execution environments that wait for their next invocation. */
  readonly #idle = new Map<WorkerKind, string[]>();
  #invocations = 0;

  constructor({ seed, setting }: History, keptLines: number) {
    const { timeline } = this;
    const chance = new Chance(seed);
    this.#chance = chance.branch('invocations');
    this.setting = setting;
    this.trace = new Trace(keptLines);
    this.library = new Library(timeline, ({ id, shelf, number }) =>
      this.trace.say(
        timeline.nowMs,
        `source: ${id} is version ${number}, ${shelf === undefined ? 'deleted' : `on ${shelf}`}`,
      ),
    );
    this.library.lagMs = setting.lagMs;
    this.library.skewMs = setting.skewMs;
    this.server = new LibraryServer(this.library, setting, timeline);
    this.state = new SystemState(this.cache.keys);
    this.verdicts = new Verdicts(
      () => timeline.nowMs,
      () => timeline.stop(),
    );
    this.losses = new Losses(this.library, this.state);
    this.readers = new ReaderMonitor(this.library, this.state, this.losses, this.verdicts);
    const { overlapMinutes } = DEFAULT_POLICY;
    this.watermarks = new WatermarkMonitor(
      this.library,
      this.state,
      this.losses,
      this.verdicts,
      overlapMinutes * 60_000,
    );
    this.runs = new RunMonitor(this.state, this.verdicts);
    this.cache.watch(this.state, this.verdicts);
    this.queues = new MessageQueues(timeline, chance.branch('queues'), this.trace, () => this.#receive());
    const { faults, trace } = this;
    const observe = (port: string): void => this.#observe(port);
    const restless = (): void => this.verdicts.report('liveness', 'the system does not come to rest');
    this.workers = new Workers({ timeline, chance: chance.branch('delays'), faults, trace, observe, restless });
    const { tables } = this.state;
    this.#notes = new InMemoryDeadLetterNotes(timeline);
    this.#budget = new InMemoryCallBudget(timeline, 'none', tables.budgets);
    this.#partitions = new WatchedPartitions(this.verdicts, timeline, tables.partitions);
    this.#ports = {
      partitions: this.#partitions,
      streams: new InMemoryStreamStore(timeline, tables.streams),
      runs: new InMemoryRunStore(timeline, tables.runs),
      quarantine: new InMemoryQuarantineStore(timeline, tables.quarantine),
      plans: new InMemoryPlanStore(timeline, tables.plans),
      drift: new InMemoryDriftStore(),
      forgotten: new InMemoryForgottenStore(),
      deletions: new InMemoryDeletionLog(timeline),
      registry: new InMemoryConnectionRegistry(),
      cache: this.cache,
      queue: this.queues,
      budget: this.#budget,
      clock: timeline,
      randomness: new SeededRandomness(seed),
      telemetry: SILENT,
    };
  }

  /** One invocation of the planner by its schedule. */
  plan(job: PlannerJob): void {
    const work = { plan: planCycle, discover: discoverAll, full: walkAll, audit: auditAll }[job];
    this.#invoke('planner', job, ({ ports, sources }, slice) => work(ports, sources, slice));
  }

  /** The tables go back to a backup while the cache stays: watermarks and fences begin again from there. */
  restoreTables(backup: Tables | undefined): void {
    if (backup === undefined) return;
    this.state.restoreTables(backup);
    this.watermarks.beginAgain();
    this.#partitions.beginAgain();
  }

  /** One request of a person. */
  ask(
    name: string,
    request: (ports: SyncPorts, connection: OpenConnection, sources: Sources) => Promise<unknown>,
  ): void {
    this.#invoke('person', name, async ({ ports, sources }) => request(ports, await onlyConnection(sources), sources));
  }

  /** Whether nobody works and nothing waits to be worked on. */
  get idle(): boolean {
    return this.workers.size === 0 && this.queues.empty;
  }

  #receive(): void {
    for (const lane of ['priority', 'scheduled'] as const) {
      while (this.#working[lane] < this.setting.laneConcurrency && this.queues.ready[lane].length > 0) {
        const batch = this.queues.receive(lane, this.setting.batchSize);
        if (batch.length > 0) this.#work(lane, batch);
      }
    }
  }

  #work(lane: Lane, batch: readonly Message[]): void {
    const receivedAtMs = this.timeline.nowMs;
    this.#working[lane] += 1;
    const records = batch.map(({ id, body, receives }) => ({
      messageId: id,
      receiptHandle: id,
      body,
      attributes: { ApproximateReceiveCount: String(receives) },
      eventSourceARN: `arn:aws:sqs:::${lane}`,
    }));
    const name = batch.map(({ id, task }) => `${id} ${task.task} ${task.partition}`).join(', ');
    this.#invoke(
      'sync',
      name,
      (equipment, slice) => runBatch(equipment, records, slice),
      (end) => {
        this.#working[lane] -= 1;
        const failed = failuresOf(end, batch);
        for (const message of batch) {
          if (failed.has(message.id)) this.queues.back(message, receivedAtMs);
          else this.queues.done(message, receivedAtMs);
        }
        this.#receive();
      },
    );
  }

  #invoke(
    kind: WorkerKind,
    what: string,
    work: (equipment: Equipment, slice: Slice) => Promise<unknown>,
    ended: (end: Ended) => void = () => {},
  ): void {
    this.#invocations += 1;
    const name = `${kind} ${this.#invocations} [${what}]`;
    const environment = this.#idle.get(kind)?.pop() ?? `${kind}-environment-${this.#invocations}`;
    const surroundings = {
      timeline: this.timeline,
      workers: this.workers,
      ports: this.#ports,
      givingBack: { notes: this.#notes, redelivery: this.queues, retryMs: RETRY_MS },
      budget: this.#budget,
      http: this.server,
      connection: connectionOf(this.setting),
      policy: { ...DEFAULT_POLICY, inlineBytes: this.setting.inlineBytes },
    };
    this.workers.start({
      name,
      kind,
      sliceMs: kind === 'person' ? PERSON_SLICE_MS : this.#sliceMs(),
      work: (worker) => work(equip(surroundings, worker, environment), worker.slice),
      ended: (end) => {
        // The dead take their environment with them.
        if (end.outcome !== 'died') this.#idle.set(kind, [...(this.#idle.get(kind) ?? []), environment]);
        ended(end);
      },
    });
  }

  #sliceMs(): number {
    const { slices } = this.setting;
    const short = slices === 'short' || (slices === 'mixed' && this.#chance.onceIn(2));
    return short ? SLICE_RESERVE_MS + this.#chance.integer(4_000) : LONG_SLICE_MS;
  }

  #observe(port: string): void {
    switch (port) {
      case 'cache':
        this.readers.check();
        this.watermarks.checkReaders();
        break;
      case 'partitions':
        this.runs.checkPartitions();
        this.watermarks.checkTables();
        break;
      case 'streams':
        this.watermarks.checkTables();
        break;
      case 'runs':
        this.runs.checkHistory();
        break;
    }
  }
}

/** Ids of the messages of a batch that go back to their queue. */
function failuresOf(end: Ended, batch: readonly Message[]): ReadonlySet<string> {
  if (end.outcome !== 'returned') return new Set(batch.map(({ id }) => id));
  const { value } = end;
  if (typeof value !== 'object' || value === null || !('batchItemFailures' in value)) return new Set();
  const { batchItemFailures } = value;
  if (!Array.isArray(batchItemFailures)) return new Set();
  return new Set(batchItemFailures.map(({ itemIdentifier }: { itemIdentifier: string }) => itemIdentifier));
}

function connectionOf({ coverage }: Setting) {
  const settings = { url: 'http://library.test', coverage };
  return { id: LIBRARY.connection, source: 'tiny', enabled: true, policy: {}, settings, secrets: {} };
}
