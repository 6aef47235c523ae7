import { SeededRandom } from '../seeded-random.ts';
import type { VendorFault } from '../simulated-vendor.ts';
import { CallWindow } from './call-window.ts';
import {
  type AccountOptions,
  type ClinikoBehaviour,
  DEFAULT_BEHAVIOUR,
  DEFAULT_ZONE,
  VENDOR_PER_MINUTE,
} from './options.ts';
import type { ResourceName } from './resources.ts';
import type { Leaving, Row, RowVersion } from './row.ts';

/** Ids lie closer together than doubles of their size, and rise by the time at which they were given out. */
const FIRST_ID = 1_390_726_237_298_631_003n;
/** More versions than that no index lags behind. */
const KEPT_VERSIONS = 20;

/** What somebody changes of a row. */
export interface RowChange {
  readonly startsMs?: number;
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface NewRow extends RowChange {
  readonly agoMs: number;
}

/** One organization's account: its rows, its key, its clock, and what it may call. */
export class ClinikoAccount {
  readonly organization: string;
  readonly apiKey: string;
  readonly timeZone: string;
  readonly random: SeededRandom;
  readonly limits: CallWindow;
  readonly faults: VendorFault[] = [];
  behaviour: ClinikoBehaviour;
  /** How far its wall clock, which stamps rows and answers, is ahead. */
  skewMs = 0;
  calls = 0;
  readonly #nowMs: () => number;
  readonly #rows: Readonly<Record<ResourceName, Map<string, Row>>> = {
    patients: new Map(),
    individual_appointments: new Map(),
  };
  #lastId: bigint;

  constructor(options: AccountOptions) {
    this.organization = options.organization;
    this.timeZone = options.timeZone ?? DEFAULT_ZONE;
    this.random = new SeededRandom(options.seed);
    this.apiKey = `${this.random.hex(40)}-au1`;
    this.limits = new CallWindow(options.perMinute ?? VENDOR_PER_MINUTE);
    this.behaviour = { ...DEFAULT_BEHAVIOUR, ...options.behaviour };
    this.#nowMs = options.nowMs;
    this.#lastId = FIRST_ID + BigInt(this.random.integer(1_000_000)) * 1_000n;
  }

  trueMs(): number {
    return this.#nowMs();
  }

  wallMs(): number {
    return this.#nowMs() + this.skewMs;
  }

  rows(resource: ResourceName): readonly Row[] {
    return [...this.#rows[resource].values()];
  }

  /** The row as it is now. @throws RangeError when there is none */
  current(resource: ResourceName, id: string): RowVersion {
    const version = this.#rows[resource].get(id)?.versions.at(-1);
    if (version === undefined) throw new RangeError(`no ${resource} ${id}`);
    return version;
  }

  /** @returns its id */
  insert(resource: ResourceName, { agoMs, startsMs, values = {} }: NewRow): string {
    this.#lastId += 1n + BigInt(this.random.integer(4));
    const id = String(this.#lastId);
    const createdMs = this.wallMs() - agoMs;
    const version: RowVersion = {
      writtenAtMs: this.trueMs() - agoMs,
      createdMs,
      updatedMs: createdMs,
      left: {},
      values,
      ...(startsMs === undefined ? {} : { startsMs }),
    };
    this.#rows[resource].set(id, { id, versions: [version] });
    return id;
  }

  change(resource: ResourceName, id: string, { startsMs, values }: RowChange): void {
    const before = this.current(resource, id);
    this.#write(resource, id, {
      ...before,
      updatedMs: this.#nowAfter(before),
      values: { ...before.values, ...values },
      ...(startsMs === undefined ? {} : { startsMs }),
    });
  }

  leave(resource: ResourceName, id: string, way: Leaving): void {
    const before = this.current(resource, id);
    const leftMs = this.#nowAfter(before);
    const updatedMs = this.behaviour.leavingTouches ? leftMs : before.updatedMs;
    this.#write(resource, id, { ...before, updatedMs, left: { ...before.left, [way]: leftMs } });
  }

  /** Brings it back: what was archived or cancelled is there again. */
  comeBack(resource: ResourceName, id: string): void {
    const before = this.current(resource, id);
    this.#write(resource, id, { ...before, updatedMs: this.#nowAfter(before), left: {} });
  }

  /** A row's own time does not go back, though the clock was set back. */
  #nowAfter({ updatedMs }: RowVersion): number {
    return Math.max(this.wallMs(), updatedMs);
  }

  #write(resource: ResourceName, id: string, version: RowVersion): void {
    const versions = [...(this.#rows[resource].get(id)?.versions ?? []), { ...version, writtenAtMs: this.trueMs() }];
    this.#rows[resource].set(id, { id, versions: versions.slice(-KEPT_VERSIONS) });
  }
}
