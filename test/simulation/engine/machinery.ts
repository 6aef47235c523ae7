import type { PlannerJob } from '../../../functions/planner/planner-job.ts';
import { runBatch } from '../../../functions/sync/sync-batch.ts';
import { DEFAULT_POLICY } from '../../../lib/config/policy.ts';
import type { Lane } from '../../../lib/domain/task.ts';
import type { OpenConnection, Sources } from '../../../lib/ports/sources.ts';
import type { Telemetry } from '../../../lib/ports/telemetry.ts';
import { planCycle } from '../../../lib/sync/plan-cycle.ts';
import { auditAll, discoverAll, walkAll } from '../../../lib/sync/plan-seldom.ts';
import type { Slice, SyncPorts } from '../../../lib/sync/sync-context.ts';
import { SLICE_RESERVE_MS } from '../../../lib/sync/sync-context.ts';
import type { InMemoryCache } from '../../fakes/in-memory-cache.ts';
import { InMemoryCallBudget } from '../../fakes/in-memory-call-budget.ts';
import { InMemoryConnectionRegistry } from '../../fakes/in-memory-connection-registry.ts';
import { InMemoryDeadLetterNotes } from '../../fakes/in-memory-dead-letter-notes.ts';
import { InMemoryDeletionLog } from '../../fakes/in-memory-deletion-log.ts';
import { InMemoryDriftStore } from '../../fakes/in-memory-drift-store.ts';
import { InMemoryForgottenStore } from '../../fakes/in-memory-forgotten-store.ts';
import { InMemoryHintInbox } from '../../fakes/in-memory-hint-inbox.ts';
import type { InMemoryPartitionStore } from '../../fakes/in-memory-partition-store.ts';
import { InMemoryPlanStore } from '../../fakes/in-memory-plan-store.ts';
import { InMemoryQuarantineStore } from '../../fakes/in-memory-quarantine-store.ts';
import { InMemoryRunStore } from '../../fakes/in-memory-run-store.ts';
import { InMemoryStreamStore } from '../../fakes/in-memory-stream-store.ts';
import { InMemoryTokenStore } from '../../fakes/in-memory-token-store.ts';
import { SeededRandomness } from '../../fakes/seeded-randomness.ts';
import type { Tables } from '../monitors/state.ts';
import type { Verdicts } from '../monitors/verdicts.ts';
import { Chance } from './chance.ts';
import { type Equipment, equip, onlyConnection, type SourceSide } from './invocations.ts';
import { type Message, MessageQueues } from './message-queues.ts';
import { ArmedFaults } from './port-faults.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';
import { type Ended, type WorkerKind, Workers } from './workers.ts';

const LONG_SLICE_MS = 118_000;
const RETRY_MS = DEFAULT_POLICY.retrySeconds * 1_000;
const PERSON_SLICE_MS = 28_000;

const SILENT: Telemetry = { log: () => {}, metric: () => {} };

/** What of a history's setting the machinery takes its shape from. */
export interface MachinerySetting {
  readonly inlineBytes: number;
  readonly batchSize: number;
  readonly laneConcurrency: number;
  /** Whether invocations last long, or for one step or a few, or either. */
  readonly slices: 'long' | 'short' | 'mixed';
}

export interface MachineryOptions {
  readonly seed: number;
  readonly setting: MachinerySetting;
  readonly timeline: Timeline;
  readonly trace: Trace;
  readonly verdicts: Verdicts;
  readonly source: SourceSide;
  readonly cache: InMemoryCache;
  readonly partitions: InMemoryPartitionStore;
  readonly tables: Tables;
  /** Told after every effect of a port, before anything else can happen. */
  readonly observe: (port: string) => void;
}

/** What a stage consists of besides source and cache: queues, tables, and workers that can be killed at every call. */
export class Machinery {
  readonly queues: MessageQueues;
  readonly faults = new ArmedFaults();
  readonly workers: Workers;
  readonly #options: MachineryOptions;
  readonly #chance: Chance;
  readonly #ports: SyncPorts;
  readonly #budget: InMemoryCallBudget;
  readonly #notes: InMemoryDeadLetterNotes;
  readonly #tokens: InMemoryTokenStore;
  readonly #working: Record<Lane, number> = { priority: 0, scheduled: 0, imports: 0, slow: 0 };
  /** Execution environments that wait for their next invocation. */
  readonly #idle = new Map<WorkerKind, string[]>();
  #invocations = 0;

  constructor(options: MachineryOptions) {
    const { seed, timeline, trace, verdicts, tables, cache, partitions, observe } = options;
    this.#options = options;
    const chance = new Chance(seed);
    this.#chance = chance.branch('invocations');
    this.queues = new MessageQueues(timeline, chance.branch('queues'), trace, () => this.#receive());
    const restless = (): void => verdicts.report('liveness', 'the system does not come to rest');
    const { faults } = this;
    this.workers = new Workers({ timeline, chance: chance.branch('delays'), faults, trace, observe, restless });
    this.#notes = new InMemoryDeadLetterNotes(timeline);
    this.#budget = new InMemoryCallBudget(timeline, 'none', tables.budgets);
    this.#tokens = new InMemoryTokenStore(timeline);
    this.#ports = {
      partitions,
      streams: new InMemoryStreamStore(timeline, tables.streams),
      runs: new InMemoryRunStore(timeline, tables.runs),
      quarantine: new InMemoryQuarantineStore(timeline, tables.quarantine),
      plans: new InMemoryPlanStore(timeline, tables.plans),
      drift: new InMemoryDriftStore(),
      forgotten: new InMemoryForgottenStore(tables.forgotten),
      deletions: new InMemoryDeletionLog(timeline),
      hints: new InMemoryHintInbox(timeline),
      registry: new InMemoryConnectionRegistry(),
      cache,
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
    const { setting } = this.#options;
    for (const lane of ['priority', 'scheduled', 'slow'] as const) {
      while (this.#working[lane] < setting.laneConcurrency && this.queues.ready[lane].length > 0) {
        const batch = this.queues.receive(lane, setting.batchSize);
        if (batch.length > 0) this.#work(lane, batch);
      }
    }
  }

  #work(lane: Lane, batch: readonly Message[]): void {
    const receivedAtMs = this.#options.timeline.nowMs;
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
    const { timeline, source, setting } = this.#options;
    this.#invocations += 1;
    const name = `${kind} ${this.#invocations} [${what}]`;
    const environment = this.#idle.get(kind)?.pop() ?? `${kind}-environment-${this.#invocations}`;
    const surroundings = {
      timeline,
      workers: this.workers,
      ports: this.#ports,
      givingBack: { notes: this.#notes, redelivery: this.queues, retryMs: RETRY_MS },
      budget: this.#budget,
      tokens: this.#tokens,
      source,
      policy: { ...DEFAULT_POLICY, inlineBytes: setting.inlineBytes },
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
    const { slices } = this.#options.setting;
    const short = slices === 'short' || (slices === 'mixed' && this.#chance.onceIn(2));
    return short ? SLICE_RESERVE_MS + this.#chance.integer(4_000) : LONG_SLICE_MS;
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
