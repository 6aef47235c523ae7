import { DEFAULT_POLICY } from '../../../lib/config/policy.ts';
import { type Instant, msBetween } from '../../../lib/domain/instant.ts';
import type { SourceRecord } from '../../../lib/domain/record.ts';
import {
  type CheckFinding,
  type Source,
  SourceFailure,
  type SourcePage,
  type SourceQuery,
  type StreamDefinition,
} from '../../../lib/ports/source.ts';
import type { OpenConnection } from '../../../lib/ports/sources.ts';
import { MeteredChecks } from '../../../lib/runtime/metered-checks.ts';
import { OpenedSources } from '../../../lib/runtime/opened-sources.ts';
import { SOURCE_CHECKS } from '../../../lib/sources/source-checks.ts';
import { InMemoryCallBudget } from '../../fakes/in-memory-call-budget.ts';
import { InMemoryConnectionRegistry } from '../../fakes/in-memory-connection-registry.ts';
import { InMemoryTelemetry } from '../../fakes/in-memory-telemetry.ts';
import { InMemoryTokenStore } from '../../fakes/in-memory-token-store.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { SeededRandomness } from '../../fakes/seeded-randomness.ts';
import type { MakeVendor, SimulatedVendor, VendorRecord, VendorStream } from '../../simulators/simulated-vendor.ts';
import { present } from '../../support/present.ts';

/** As `DEFAULT_POLICY` overlaps windows. */
export const OVERLAP_MS = DEFAULT_POLICY.overlapMinutes * 60_000;

const PATIENCE = 50;
const MOST_PAGES = 1_000;

export interface WorldOptions {
  readonly pageSize?: number;
  /** The stream that is looked at. */
  readonly stream: string;
}

/** All of a query's pages. */
export interface Walk {
  readonly pages: readonly SourcePage[];
  readonly records: readonly SourceRecord[];
  readonly startedAt: Instant;
}

interface OpenedAccount extends OpenConnection {
  readonly check: () => Promise<readonly CheckFinding[]>;
}

/** A simulated vendor and its source, opened as a Lambda opens it, with a real call budget and a clock that waits for nothing. */
export class SourceWorld {
  readonly clock = new ManualClock();
  readonly vendor: SimulatedVendor;
  readonly stream: VendorStream;
  readonly definition: StreamDefinition;
  source: Source;
  readonly #open: () => Promise<OpenedAccount>;

  static async begin(make: MakeVendor, options: WorldOptions): Promise<SourceWorld> {
    const clock = new ManualClock();
    const nowMs = (): number => clock.now();
    const { pageSize } = options;
    const vendor = make({ nowMs, seed: 7, ...(pageSize === undefined ? {} : { pageSize }) });
    const open = (): Promise<OpenedAccount> => openConnection(vendor, clock);
    return new SourceWorld(options.stream, { clock, vendor, open, first: await open() });
  }

  private constructor(
    stream: string,
    parts: {
      readonly clock: ManualClock;
      readonly vendor: SimulatedVendor;
      readonly open: () => Promise<OpenedAccount>;
      readonly first: OpenedAccount;
    },
  ) {
    this.clock = parts.clock;
    this.vendor = parts.vendor;
    this.#open = parts.open;
    this.source = parts.first.source('scheduled');
    this.stream = present(
      this.vendor.streams.find(({ name }) => name === stream),
      stream,
    );
    this.definition = present(
      this.source.streams.find(({ name }) => name === stream),
      stream,
    );
  }

  async check(): Promise<readonly CheckFinding[]> {
    return (await this.#open()).check();
  }

  /** Another Lambda: nothing is remembered. */
  async openAnew(): Promise<void> {
    this.source = (await this.#open()).source('scheduled');
  }

  partition(index: number): string {
    const partitions = this.stream.partitions();
    return present(partitions[index % partitions.length], 'a partition');
  }

  /** Records spread over the partitions, all changed at one instant long enough ago to be settled. */
  fill(count: number, agoMs = 3_600_000): readonly string[] {
    return Array.from({ length: count }, (_, index) => this.stream.insert(this.partition(index), agoMs));
  }

  truth(): ReadonlyMap<string, VendorRecord> {
    return new Map(this.stream.records().map((record) => [record.id, record]));
  }

  /** One page; whoever is told to come later comes later. */
  async page(query: Omit<SourceQuery, 'stream'>, cursor?: string): Promise<SourcePage> {
    return this.patiently(() => this.source.read({ stream: this.stream.name, ...query }, cursor));
  }

  /** The queries that together read the whole stream, as the core asks them. */
  queries(since?: Instant): readonly Omit<SourceQuery, 'stream'>[] {
    const bound = since === undefined ? {} : { since };
    if (this.definition.coverage === 'stream') return [bound];
    return this.stream.partitions().map((partition) => ({ partition, ...bound }));
  }

  async walk(query: Omit<SourceQuery, 'stream'>, from?: string): Promise<Walk> {
    const pages: SourcePage[] = [];
    let cursor = from;
    do {
      const page = await this.page(query, cursor);
      pages.push(page);
      cursor = page.next;
      if (pages.length > MOST_PAGES) throw new Error('the walk does not end');
    } while (cursor !== undefined);
    return { pages, records: pages.flatMap(({ records }) => records), startedAt: present(pages[0], 'a page').servedAt };
  }

  /** The whole stream, or what changed in it. */
  async walkAll(since?: Instant): Promise<Walk> {
    const pages: SourcePage[] = [];
    for (const query of this.queries(since)) pages.push(...(await this.walk(query)).pages);
    return { pages, records: pages.flatMap(({ records }) => records), startedAt: present(pages[0], 'a page').servedAt };
  }

  async patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (let time = 0; ; time += 1) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof SourceFailure) || error.code !== 'source-rate-limited' || time > PATIENCE) throw error;
        this.clock.advance(
          Math.max(1_000, error.retryAt === undefined ? 0 : msBetween(error.retryAt, this.clock.now())),
        );
      }
    }
  }
}

async function openConnection(vendor: SimulatedVendor, clock: ManualClock): Promise<OpenedAccount> {
  const sources = new OpenedSources({
    kinds: [vendor.kind],
    connections: { list: async () => ({ connections: [vendor.connection('main')], broken: [] }) },
    registry: new InMemoryConnectionRegistry(),
    policy: DEFAULT_POLICY,
    budget: new InMemoryCallBudget(clock, 'first'),
    http: vendor,
    tokens: new InMemoryTokenStore(clock),
    clock,
    randomness: new SeededRandomness(3),
    telemetry: new InMemoryTelemetry(),
    allowLoopback: true,
  });
  const { open, broken } = await sources.list();
  const [connection] = open;
  if (connection === undefined)
    throw new Error(`cannot be opened: ${broken.flatMap(({ problems }) => problems).join('; ')}`);
  return { ...connection, check: () => new MeteredChecks(SOURCE_CHECKS, sources).check(connection) };
}
