import { DEFAULT_POLICY } from '../../lib/config/policy.ts';
import type { Connection } from '../../lib/ports/connections.ts';
import { InMemoryDeliveryMarks } from '../fakes/in-memory-delivery-marks.ts';
import { tinySource } from '../support/tiny-source/tiny-source.ts';
import { Machinery } from './engine/machinery.ts';
import type { MessageQueues } from './engine/message-queues.ts';
import type { ArmedFaults } from './engine/port-faults.ts';
import { Timeline } from './engine/timeline.ts';
import { Trace } from './engine/trace.ts';
import type { Workers } from './engine/workers.ts';
import type { History, Setting } from './history.ts';
import { Library } from './library/library.ts';
import { LibraryServer } from './library/library-server.ts';
import { ExclusionMonitor } from './monitors/exclusions.ts';
import { WatchedCache, WatchedPartitions } from './monitors/fences.ts';
import { Losses } from './monitors/losses.ts';
import { ReaderMonitor } from './monitors/readers.ts';
import { RunMonitor } from './monitors/runs.ts';
import { LIBRARY, SystemState, type Tables } from './monitors/state.ts';
import { Verdicts } from './monitors/verdicts.ts';
import { WatermarkMonitor } from './monitors/watermarks.ts';

/** One seed's world: source, queues, tables, cache, workers and whoever watches them. */
export class Simulation {
  readonly timeline = new Timeline();
  readonly trace: Trace;
  readonly library: Library;
  readonly server: LibraryServer;
  readonly marks = new InMemoryDeliveryMarks(this.timeline);
  readonly cache = new WatchedCache();
  readonly state: SystemState;
  readonly verdicts: Verdicts;
  readonly losses: Losses;
  readonly readers: ReaderMonitor;
  readonly watermarks: WatermarkMonitor;
  readonly runs: RunMonitor;
  readonly exclusions: ExclusionMonitor;
  readonly setting: Setting;
  readonly #machinery: Machinery;
  readonly #partitions: WatchedPartitions;

  constructor({ seed, setting }: History, keptLines: number) {
    const { timeline, cache } = this;
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
    this.state = new SystemState(cache.keys, setting.keeps);
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
    this.exclusions = new ExclusionMonitor(this.library, this.state, this.verdicts, setting.failingShelf !== undefined);
    cache.watch(this.state, this.verdicts);
    const { tables } = this.state;
    this.#partitions = new WatchedPartitions(this.verdicts, timeline, tables.partitions, setting.movedLimit);
    this.#machinery = new Machinery({
      seed,
      setting,
      timeline,
      trace: this.trace,
      verdicts: this.verdicts,
      source: { kinds: [tinySource], http: this.server, connection: connectionOf(setting) },
      cache,
      partitions: this.#partitions,
      tables,
      observe: (port) => this.#observe(port),
    });
  }

  get queues(): MessageQueues {
    return this.#machinery.queues;
  }

  get faults(): ArmedFaults {
    return this.#machinery.faults;
  }

  get workers(): Workers {
    return this.#machinery.workers;
  }

  get idle(): boolean {
    return this.#machinery.idle;
  }

  plan(...args: Parameters<Machinery['plan']>): void {
    this.#machinery.plan(...args);
  }

  ask(...args: Parameters<Machinery['ask']>): void {
    this.#machinery.ask(...args);
  }

  /** The tables go back to a backup while the cache stays: watermarks and fences begin again from there. */
  restoreTables(backup: Tables | undefined): void {
    if (backup === undefined) return;
    this.state.restoreTables(backup);
    this.watermarks.beginAgain();
    this.#partitions.beginAgain();
  }

  #observe(port: string): void {
    switch (port) {
      case 'cache':
        this.exclusions.check();
        this.readers.check();
        this.watermarks.checkReaders();
        break;
      case 'partitions':
        this.exclusions.check();
        this.runs.checkPartitions();
        this.watermarks.checkTables();
        break;
      case 'streams':
        this.watermarks.checkTables();
        break;
      case 'forgotten':
        this.exclusions.check();
        break;
      case 'runs':
        this.runs.checkHistory();
        break;
    }
  }
}

function connectionOf({ coverage, segmented, slow, keeps }: Setting): Connection {
  const settings = { url: 'http://library.test', coverage, segmented, slow };
  const policy: Connection['policy'] = keeps ? { streams: { [LIBRARY.stream]: { onConflict: 'skip-existing' } } } : {};
  return { id: LIBRARY.connection, source: 'tiny', enabled: true, policy, settings, secrets: {} };
}
