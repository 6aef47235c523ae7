import { DEFAULT_POLICY } from '../../lib/config/policy.ts';
import { plusMs } from '../../lib/domain/instant.ts';
import type { Run } from '../../lib/domain/run.ts';
import type { ImportTask, Task } from '../../lib/domain/task.ts';
import { OpenedSources } from '../../lib/runtime/opened-sources.ts';
import { manual } from '../../lib/sources/manual/manual.ts';
import { manualImports } from '../../lib/sources/manual/manual-imports.ts';
import { importFile } from '../../lib/sync/import-file.ts';
import { newRunId } from '../../lib/sync/new-run-id.ts';
import { requestImport } from '../../lib/sync/request-import.ts';
import type { Verdict } from '../../lib/sync/run-task.ts';
import type { SyncPorts } from '../../lib/sync/sync-context.ts';
import { InMemoryImportFiles } from '../fakes/in-memory-import-files.ts';
import { InMemoryTokenStore } from '../fakes/in-memory-token-store.ts';
import { present } from './present.ts';
import { World } from './world.ts';

export const DESK = { connection: 'desk', stream: 'walk-ins' } as const;

const SLICE_MS = 298_000;

/** A manual connection in memory: the real use case over fakes, and files that tests upload. */
export class ImportWorld {
  readonly world = new World();
  readonly files = new InMemoryImportFiles();
  readonly sources: OpenedSources;
  rowsPerPage = 2_000;
  /** What an invocation has. */
  sliceMs = SLICE_MS;

  constructor() {
    const { ports, server: http } = this.world;
    const { clock, randomness, telemetry, budget } = ports;
    const settings = { timeZone: 'Asia/Kolkata', countryCode: '91', nationalDigits: 10 };
    const connection = { id: DESK.connection, source: 'manual', enabled: true, policy: {}, settings, secrets: {} };
    this.sources = new OpenedSources({
      kinds: [manual],
      connections: { list: async () => ({ connections: [connection], broken: [] }) },
      registry: ports.registry,
      policy: DEFAULT_POLICY,
      budget,
      http,
      tokens: new InMemoryTokenStore(clock),
      clock,
      randomness,
      telemetry,
      allowLoopback: false,
    });
  }

  /** Uploads a file and asks for its import. @returns the run's id */
  async ask(file: string | Uint8Array, dryRun = false): Promise<string> {
    const { ports, clock } = this.world;
    clock.advance(1_000);
    const run = newRunId(ports);
    this.files.upload(run, file);
    await requestImport(ports, DESK, run, dryRun);
    return run;
  }

  /** One invocation with the next message, as the importer would have. A thrown error is a message that goes back. */
  async deliver(task: Task, ports: Partial<SyncPorts> = {}): Promise<Verdict | Error> {
    const { clock } = this.world;
    const endsAt = plusMs(clock.now(), this.sliceMs);
    const slice = { owner: newRunId(this.world.ports), remainingMs: () => Math.max(0, endsAt - clock.now()) };
    const tools = { files: this.files, readers: [manualImports], rowsPerPage: this.rowsPerPage };
    try {
      return await importFile({ ...this.world.ports, ...ports }, this.sources, tools, importTask(task), slice);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Delivers messages until none is left. @returns how many there were */
  async drain(limit = 50): Promise<number> {
    const { queue, clock } = this.world;
    for (let delivered = 0; ; delivered += 1) {
      const next = queue.sent.shift();
      if (next === undefined) return delivered;
      if (delivered === limit) throw new Error('the queue never empties');
      clock.advance(next.delayMs ?? 0);
      await this.deliver(next.task);
    }
  }

  /** Imports a file to its end. */
  async import(file: string | Uint8Array, dryRun = false): Promise<Run> {
    const run = await this.ask(file, dryRun);
    await this.drain();
    return this.run(run);
  }

  async run(run: string): Promise<Run> {
    return present(await this.world.runs.find(run, [DESK.connection]), 'the run');
  }

  /** What applications read for a store: record id → exact text. */
  cached(store: string): ReadonlyMap<string, string> {
    return new Map(this.world.cache.keys.hash(`cache:location:${store}:walk-ins`));
  }

  /** Every body, over all these stores, in order. */
  bodies(...stores: readonly string[]): readonly string[] {
    return stores.flatMap((store) => [...this.cached(store).values()]).toSorted();
  }
}

export function importTask(task: Task): ImportTask {
  if (task.task === 'import') return task;
  throw new Error(`expected an import, not ${task.task}`);
}
