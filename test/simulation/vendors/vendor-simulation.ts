import { instantFromMs } from '../../../lib/domain/instant.ts';
import { InMemoryDeliveryMarks } from '../../fakes/in-memory-delivery-marks.ts';
import type { MakeVendor, SimulatedVendor } from '../../simulators/simulated-vendor.ts';
import { Machinery } from '../engine/machinery.ts';
import { Timeline } from '../engine/timeline.ts';
import { Trace } from '../engine/trace.ts';
import type { History, Setting } from '../history.ts';
import { WatchedCache, WatchedPartitions } from '../monitors/fences.ts';
import { RunMonitor } from '../monitors/runs.ts';
import { SystemState } from '../monitors/state.ts';
import { Verdicts } from '../monitors/verdicts.ts';
import { VendorTruth } from './vendor-truth.ts';

/** One seed's world with a vendor's own protocol in it: the source is the one that is deployed. */
export class VendorSimulation {
  readonly timeline = new Timeline();
  readonly trace: Trace;
  readonly vendor: SimulatedVendor;
  readonly marks = new InMemoryDeliveryMarks(this.timeline);
  readonly cache = new WatchedCache();
  readonly state: SystemState;
  readonly verdicts: Verdicts;
  readonly truth: VendorTruth;
  readonly machinery: Machinery;
  readonly setting: Setting;

  constructor(make: MakeVendor, { seed, setting }: History, keptLines: number) {
    const { timeline, cache } = this;
    this.setting = setting;
    this.trace = new Trace(keptLines);
    const { pageSize } = setting;
    this.vendor = make({ nowMs: () => timeline.now(), seed, pageSize: Math.min(pageSize, 100) });
    this.vendor.lagMs = setting.lagMs;
    this.vendor.skewMs = setting.skewMs;
    this.state = new SystemState(cache.keys);
    this.verdicts = new Verdicts(
      () => timeline.nowMs,
      () => timeline.stop(),
    );
    this.truth = new VendorTruth(this.vendor, cache.keys, this.verdicts);
    const runs = new RunMonitor(this.state, this.verdicts);
    const { tables } = this.state;
    this.machinery = new Machinery({
      seed,
      setting,
      timeline,
      trace: this.trace,
      verdicts: this.verdicts,
      source: { kinds: [this.vendor.kind], http: this.vendor, connection: this.vendor.connection('vendor') },
      cache,
      partitions: new WatchedPartitions(this.verdicts, timeline, tables.partitions),
      tables,
      observe: (port) => {
        if (port === 'cache') this.truth.check();
        else if (port === 'partitions') runs.checkPartitions();
        else if (port === 'runs') runs.checkHistory();
      },
    });
  }

  /** Nothing is answered before then. */
  vendorIsDownFor(ms: number): void {
    this.vendor.downUntilMs = instantFromMs(this.timeline.now() + ms);
  }
}
