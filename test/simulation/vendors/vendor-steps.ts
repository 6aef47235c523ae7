import { acceptHints } from '../../../lib/sync/accept-hints.ts';
import { requestPartitionSync, requestStreamSync } from '../../../lib/sync/request-sync.ts';
import { setPause } from '../../../lib/sync/set-pause.ts';
import type { VendorFault, VendorStream } from '../../simulators/simulated-vendor.ts';
import {
  type CacheHappening,
  type Change,
  isOfCache,
  isOfSource,
  SHELVES,
  type SourceHappening,
  type Step,
  type SystemHappening,
} from '../history.ts';
import { copyKeys, type KeysCopy, restoreKeys } from '../key-copies.ts';
import type { WrongAnswer } from '../library/library-server.ts';
import { pickOf } from '../source-steps.ts';
import type { VendorSimulation } from './vendor-simulation.ts';

const SMALLEST_TO_DELETE_FROM = 6;
const LONG_AGO_MS = 86_400_000;
/** With the longest lag, less than the overlap. */
const SMALL_JUMP_MS = 100_000;

/** What a vendor has no answer for becomes one that it has. */
const FAULT_OF: Readonly<Record<WrongAnswer, VendorFault>> = {
  unavailable: 'unavailable',
  'rate-limited': 'rate-limited',
  'quota-spent': 'quota-spent',
  network: 'network',
  truncated: 'truncated',
  'page-of-html': 'page-of-html',
  expired: 'unavailable',
  'empty-with-next': 'network',
};

type Request = Extract<SystemHappening, { readonly kind: 'force' | 'force-stream' | 'paused' }>;

/** Makes a history's steps happen at a real vendor's simulator: shelves are its partitions. */
export class VendorSteps {
  readonly #simulation: VendorSimulation;
  readonly #whilePaging: { readonly step: Step; readonly change: Change; passing: number }[] = [];
  readonly #removedFrom = new Map<string, number>();
  #backup: KeysCopy | undefined;

  constructor(simulation: VendorSimulation) {
    this.#simulation = simulation;
    const { vendor, setting } = simulation;
    vendor.beforePage = () => this.#page();
    for (let number = 0; number < setting.books; number += 1) {
      const stream = pickOf(vendor.streams, (number % vendor.streams.length) / vendor.streams.length);
      const shelf = SHELVES[(number * number) % SHELVES.length] ?? 'a';
      if (stream !== undefined) stream.insert(partitionOf(stream, shelf), LONG_AGO_MS - number * 1_000);
    }
    simulation.truth.note();
  }

  /** Faults stop; what has happened has happened. */
  quieten(): void {
    const { machinery, vendor } = this.#simulation;
    machinery.faults.disarm();
    machinery.queues.disarm();
    machinery.queues.redrive();
    vendor.faults.splice(0);
    vendor.downUntilMs = 0;
    vendor.beforePage = () => {};
  }

  take(step: Step): void {
    if (isOfSource(step)) this.#atSource(step, step);
    else if (isOfCache(step)) this.#spoilCache(step);
    else this.#disturb(step, step.number);
  }

  #atSource(step: Step, happening: SourceHappening): void {
    const { vendor } = this.#simulation;
    switch (happening.kind) {
      case 'change':
        for (let time = 0; time < happening.times; time += 1) this.#change(step, happening.change, time);
        break;
      case 'change-while-paging':
        this.#whilePaging.push({ step, change: happening.change, passing: happening.passing });
        break;
      case 'answers':
        for (let time = 0; time < happening.times; time += 1) vendor.faults.push(FAULT_OF[happening.wrong]);
        if (happening.wrong === 'expired') vendor.expireCursors();
        break;
      case 'source-down':
        this.#simulation.vendorIsDownFor(happening.forMs);
        break;
      case 'source-clock':
        vendor.skewMs += vendor.lagMs > 0 ? Math.min(happening.byMs, SMALL_JUMP_MS) : happening.byMs;
        break;
      case 'lag':
        vendor.lagMs = happening.lagMs;
        break;
      case 'cursors-expire':
        vendor.expireCursors();
        break;
      case 'flaw':
      case 'mend':
      case 'hidden':
        // What real vendors are not made to do.
        break;
    }
  }

  #change(step: Step, change: Change, time: number): void {
    const { vendor, truth, trace, timeline } = this.#simulation;
    const stream = pickOf(vendor.streams, (step.number % vendor.streams.length) / vendor.streams.length);
    if (stream === undefined) return;
    const done = this.#make(stream, change, time);
    if (done !== undefined) trace.say(timeline.nowMs, `source: ${stream.name} ${done} ${change.change}`);
    truth.note();
  }

  /** @returns the id of the record that changed */
  #make(stream: VendorStream, change: Change, time: number): string | undefined {
    if (change.change === 'insert') return stream.insert(partitionOf(stream, change.shelf));
    const records = stream.records();
    const record = records[(Math.floor(change.pick * records.length) + time) % records.length];
    if (record === undefined) return undefined;
    if (change.change === 'delete') return this.#remove(stream, record.id, record.partition);
    if (change.change === 'move' && stream.move !== undefined)
      stream.move(record.id, partitionOf(stream, change.shelf));
    else stream.edit(record.id);
    return record.id;
  }

  /** So few that the brake lets most of them pass. */
  #remove(stream: VendorStream, id: string, partition: string): string | undefined {
    const name = `${stream.name}/${partition}`;
    const removed = this.#removedFrom.get(name) ?? 0;
    const left = stream.records().filter((record) => record.partition === partition).length;
    if (left < SMALLEST_TO_DELETE_FROM + removed) return undefined;
    this.#removedFrom.set(name, removed + 1);
    stream.remove(id);
    return id;
  }

  #page(): void {
    const [next] = this.#whilePaging;
    if (next === undefined) return;
    if (next.passing > 0) {
      next.passing -= 1;
      return;
    }
    this.#whilePaging.shift();
    this.#change(next.step, next.change, 0);
  }

  #disturb(step: SystemHappening, number: number): void {
    const { machinery } = this.#simulation;
    switch (step.kind) {
      case 'schedule':
        machinery.plan(step.job);
        break;
      case 'port':
        machinery.faults.arm(step.fault);
        break;
      case 'message':
        machinery.queues.arm(step.fault);
        break;
      case 'redrive':
        machinery.queues.redrive();
        break;
      case 'force':
      case 'force-stream':
      case 'paused':
        this.#ask(step, number);
        break;
      case 'hint':
        this.#hint(step, number);
        break;
      case 'exclude':
      case 'include':
      case 'tables-backup':
      case 'tables-restore':
        break;
    }
  }

  /** A webhook that names records by chance, true or not. */
  #hint({ picks, delivery }: Extract<SystemHappening, { readonly kind: 'hint' }>, number: number): void {
    const { machinery, vendor, marks } = this.#simulation;
    const stream = pickOf(vendor.streams, (number % vendor.streams.length) / vendor.streams.length);
    if (stream === undefined) return;
    const records = stream.records();
    const ids = picks.flatMap((pick) => pickOf(records, pick)?.id ?? []);
    if (ids.length === 0) return;
    machinery.ask('hint', (ports, { connection }) =>
      acceptHints(
        { ...ports, marks },
        { connection: connection.id, delivery: String(delivery), hints: [{ stream: stream.name, ids }] },
      ),
    );
  }

  #ask(step: Request, number: number): void {
    const { machinery, vendor, timeline } = this.#simulation;
    const stream = pickOf(vendor.streams, (number % vendor.streams.length) / vendor.streams.length);
    machinery.ask(step.kind, async (ports, connection) => {
      const definition = connection.streams.find(({ name }) => name === stream?.name);
      if (stream === undefined || definition === undefined) return undefined;
      const target = { connection, stream: definition };
      if (step.kind === 'force') return requestPartitionSync(ports, target, partitionOf(stream, step.shelf), step.mode);
      if (step.kind === 'force-stream') return requestStreamSync(ports, [target], step.mode);
      return setPause(ports, [{ connection: connection.connection.id, stream: stream.name }], true);
    });
    if (step.kind !== 'paused') return;
    timeline.after(step.forMs, () => resumeAll(this.#simulation));
  }

  #spoilCache(step: CacheHappening): void {
    const { cache, truth } = this.#simulation;
    const { keys } = cache;
    const key = 'pick' in step ? (pickOf(keys.names(), step.pick) ?? '') : '';
    switch (step.kind) {
      case 'cache-backup':
        this.#backup = copyKeys(keys);
        return;
      case 'cache-evicts-field':
        keys.dropField(key, pickOf([...keys.hash(key).keys()], 'pick' in step ? step.pick : 0) ?? '');
        break;
      case 'cache-evicts-key':
        keys.drop(key);
        break;
      case 'cache-flush':
        keys.flush();
        break;
      case 'cache-restore':
        if (this.#backup === undefined) return;
        keys.flush();
        restoreKeys(keys, this.#backup);
        break;
    }
    cache.forgetFences();
    truth.beginAgain();
  }
}

/** Whatever is paused goes on. */
export function resumeAll({ machinery, vendor }: VendorSimulation): void {
  machinery.ask('resumed', (ports, { connection }) =>
    setPause(
      ports,
      vendor.streams.map(({ name }) => ({ connection: connection.id, stream: name })),
      false,
    ),
  );
}

/** Shelf `f`, which no library has, is the first partition again. */
function partitionOf(stream: VendorStream, shelf: string): string {
  const partitions = stream.partitions();
  return partitions[[...SHELVES, 'f'].indexOf(shelf) % partitions.length] ?? '';
}
