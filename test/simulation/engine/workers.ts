import { StoreFailure } from '../../../lib/adapters/dynamodb/store-failure.ts';
import { CacheFailure } from '../../../lib/ports/cache.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import { HttpFailure } from '../../../lib/ports/http.ts';
import type { Slice } from '../../../lib/sync/sync-context.ts';
import type { Chance } from './chance.ts';
import type { ArmedFaults, PortFault } from './port-faults.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';

export type WorkerKind = 'planner' | 'sync' | 'person';

export type Ended =
  | { readonly outcome: 'returned'; readonly value: unknown }
  | { readonly outcome: 'threw'; readonly error: unknown }
  | { readonly outcome: 'died' };

export interface Job {
  readonly name: string;
  readonly kind: WorkerKind;
  /** What the worker believes it has. */
  readonly sliceMs: number;
  readonly work: (worker: Worker) => Promise<unknown>;
  readonly ended: (end: Ended) => void;
}

/** After its slice a worker has this long before it is ended from outside. */
const MARGIN_MS = 2_000;

/** A sync worker that was paused goes on for a while, however late it is: only fences tell it that it is too late. */
const GRACE_MS = 30_000;

/** Ten times what the busiest histories take. */
const MOST_CALLS = 60_000;

/** Calls that take as long as the answer of a source does. */
const SLOW_PORT = 'http';

/** One invocation. Each call it makes of a port is a point at which something else may go on first. */
export class Worker {
  readonly name: string;
  readonly kind: WorkerKind;
  readonly slice: Slice;
  alive = true;
  diesAtMs: number;

  constructor(job: Job, timeline: Timeline) {
    this.name = job.name;
    this.kind = job.kind;
    const endsAtMs = timeline.nowMs + job.sliceMs;
    this.diesAtMs = endsAtMs + MARGIN_MS;
    this.slice = { owner: job.name, remainingMs: () => Math.max(0, endsAtMs - timeline.nowMs) };
  }
}

interface Call {
  readonly worker: Worker;
  readonly port: string;
  readonly member: string;
  readonly args: readonly unknown[];
  readonly perform: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

export interface WorkersOptions {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly faults: ArmedFaults;
  readonly trace: Trace;
  /** Told after every effect, before anything else can happen. */
  readonly observe: (port: string, member: string) => void;
  /** Told when more calls were made than any history needs. */
  readonly restless: () => void;
}

/** Starts workers, and decides when their calls take effect and are answered. */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #alive = new Map<Worker, Job>();
  calls = 0;

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  /** How many are under way. */
  get size(): number {
    return this.#alive.size;
  }

  start(job: Job): void {
    const { timeline, trace } = this.#options;
    const worker = new Worker(job, timeline);
    this.#alive.set(worker, job);
    trace.say(timeline.nowMs, `${job.name} begins`);
    this.#watchEnd(worker);
    job.work(worker).then(
      (value) => this.#end(worker, { outcome: 'returned', value }),
      (error: unknown) => this.#end(worker, { outcome: 'threw', error }),
    );
  }

  /** A port of which every call of this worker waits its turn. */
  port<T extends object>(worker: Worker, name: string, port: T): T {
    const wrapped = new Map<string | symbol, unknown>();
    return new Proxy(port, {
      get: (target, member) => {
        const known = wrapped.get(member);
        if (known !== undefined) return known;
        const value: unknown = Reflect.get(target, member);
        if (typeof value !== 'function') return value;
        // A view of the same port: its calls wait their turn as well.
        if (member === 'metered') return () => this.port(worker, name, value.apply(target));
        const call = (...args: unknown[]): Promise<unknown> =>
          this.#call(worker, name, String(member), args, () => value.apply(target, args));
        if (member === 'metered') return () => this.port(worker, name, value.apply(target));
        wrapped.set(member, call);
        return call;
      },
    });
  }

  /** The clock as a worker sees it: sleeping is waiting its turn too. */
  clock(worker: Worker, clock: Timeline): Clock {
    return {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      sleep: (ms) =>
        new Promise((resolve) =>
          clock.after(ms, () => {
            if (worker.alive) resolve();
          }),
        ),
    };
  }

  #call(worker: Worker, port: string, member: string, args: readonly unknown[], perform: () => Promise<unknown>) {
    const { faults } = this.#options;
    this.calls += 1;
    if (this.calls === MOST_CALLS) this.#options.restless();
    return new Promise<unknown>((resolve, reject) => {
      if (!worker.alive) return;
      const call = { worker, port, member, args, perform, resolve, reject };
      const fault = faults.take(worker.kind, port, member);
      if (fault === undefined) this.#send(call, 0, true);
      else this.#suffer(call, fault);
    });
  }

  #suffer(call: Call, fault: PortFault): void {
    const { timeline, trace } = this.#options;
    trace.say(timeline.nowMs, `${call.worker.name} ${call.port}.${call.member} ${fault.fault}`);
    switch (fault.fault) {
      case 'killed-before':
        this.#kill(call.worker);
        break;
      case 'killed-late':
        this.#send(call, fault.lateMs, false);
        this.#kill(call.worker);
        break;
      case 'killed-after':
        this.#send(call, 0, false, () => this.#kill(call.worker));
        break;
      case 'paused-before':
        this.#spare(call.worker, fault.lateMs);
        this.#send(call, fault.lateMs, true);
        break;
      case 'paused-after':
        this.#spare(call.worker, fault.lateMs);
        this.#send(call, 0, false, (answer) => timeline.after(fault.lateMs, answer));
        break;
      case 'failed-before':
        this.#fail(call);
        break;
      case 'failed-after':
        this.#send(call, 0, false, () => this.#fail(call));
        break;
      case 'failed-late':
        this.#send(call, fault.lateMs, false);
        this.#fail(call);
        break;
    }
  }

  /** The effect comes after a while, and the answer a while later, to whoever still lives. */
  #send(call: Call, lateMs: number, answered: boolean, instead?: (answer: () => void) => void): void {
    const { timeline, trace, observe, chance } = this.#options;
    timeline.after(lateMs + this.#delay(call.port), () => {
      // What the dead had under way may or may not have left them.
      if (answered && !call.worker.alive && chance.onceIn(2)) return;
      call.perform().then(
        (value) => {
          trace.say(timeline.nowMs, `${call.worker.name} ${call.port}.${call.member}${outcomeText(value)}`);
          observe(call.port, call.member);
          const answer = () => this.#answer(call, () => call.resolve(value));
          if (answered) timeline.after(this.#delay(call.port), answer);
          else instead?.(answer);
        },
        (error: unknown) => {
          const answer = () => this.#answer(call, () => call.reject(error));
          if (answered) timeline.after(this.#delay(call.port), answer);
          else instead?.(answer);
        },
      );
    });
  }

  #answer(call: Call, settle: () => void): void {
    if (call.worker.alive) settle();
  }

  #fail(call: Call): void {
    const { timeline } = this.#options;
    timeline.after(this.#delay(call.port), () => {
      if (!call.worker.alive) return;
      if (call.port === 'queue') call.resolve(call.args[0]);
      else call.reject(failureOf(call.port));
    });
  }

  #delay(port: string): number {
    const { chance } = this.#options;
    if (port === SLOW_PORT) return 50 + chance.integer(700);
    return chance.onceIn(40) ? chance.integer(2_000) : 1 + chance.integer(20);
  }

  #spare(worker: Worker, lateMs: number): void {
    // Planners carry no fence: that they end at their limit is all that keeps them from publishing what is old.
    if (worker.kind === 'planner') return;
    worker.diesAtMs = Math.max(worker.diesAtMs, this.#options.timeline.nowMs + lateMs + GRACE_MS);
  }

  #watchEnd(worker: Worker): void {
    const { timeline } = this.#options;
    timeline.at(worker.diesAtMs, () => {
      if (!worker.alive) return;
      if (worker.diesAtMs > timeline.nowMs) this.#watchEnd(worker);
      else this.#kill(worker);
    });
  }

  #kill(worker: Worker): void {
    this.#end(worker, { outcome: 'died' });
  }

  #end(worker: Worker, end: Ended): void {
    const job = this.#alive.get(worker);
    if (job === undefined) return;
    const { timeline, trace } = this.#options;
    this.#alive.delete(worker);
    worker.alive = false;
    trace.say(
      timeline.nowMs,
      `${worker.name} ${end.outcome}${end.outcome === 'threw' ? `: ${String(end.error)}` : ''}`,
    );
    job.ended(end);
  }
}

/** A failed send is not thrown but told: the messages come back as unsent. */
function failureOf(port: string): Error {
  if (port === 'cache') return new CacheFailure('cache-unavailable', 'the simulated cache did not answer');
  if (port === SLOW_PORT) return new HttpFailure('http-network', 'the simulated source did not answer');
  return new StoreFailure('the simulated table did not answer');
}

function outcomeText(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'outcome' in value) return ` ${String(value.outcome)}`;
  return '';
}
