import { Failure } from '../domain/failure.ts';
import { type Changes, packChanges, splitByPartition } from '../domain/fan-out.ts';
import { leftHash, rejectionHash, rememberHandedOut, versionHash } from '../domain/handed-out.ts';
import { earlierOf, type Instant } from '../domain/instant.ts';
import { partitionKey } from '../domain/names.ts';
import type { DeltaCheckpoint } from '../domain/stream.ts';
import type { ApplyTask } from '../domain/task.ts';
import { clockWentBack, lowerBound, lowerBoundAfterSetback, promote } from '../domain/window.ts';
import type { SourcePage } from '../ports/source.ts';
import type { HeldStream } from '../ports/stream-store.ts';
import { inParallel } from './in-parallel.ts';
import { movedLately } from './moved-lately.ts';
import { placeRemoved } from './place-removed.ts';
import { quarantineRejected } from './quarantine-records.ts';
import { readPage } from './read-page.ts';
import { reportSetback } from './report-setback.ts';
import { requestWalk } from './request-walk.ts';
import { retryQuarantined } from './retry-quarantined.ts';
import { hasTimeLeft, type StreamContext } from './sync-context.ts';

const MARKS_AT_ONCE = 16;

/** A delta's pages are numbered within it, because each page's messages are applied and closed by themselves. */
const PAGES_PER_DELTA = 1_000;

/** What a delta found and handed out. */
export interface DeltaReport {
  /** The stream's watermark from now on; absent while nothing is known. */
  readonly watermark?: Instant;
  /** Up to where every partition was read, where they are asked one by one. */
  readonly reached?: Instant;
  /** Source clock of the last page. */
  readonly servedAt?: Instant;
  readonly handedOut: readonly string[];
  /** Partition id → highest number under which its changes are open. */
  readonly open: ReadonlyMap<string, number>;
  /** Whether partitions were seen that nobody has heard of: the source is asked at once which there are. */
  readonly discover: boolean;
  /** Records handed out; the overlap's echo is not among them. */
  readonly records: number;
  readonly pages: number;
  readonly calls: number;
  /** How many partitions are to be asked, where they are asked one by one. */
  readonly asked?: number;
  /** Where the next invocation goes on, when this one's time was over first. */
  readonly checkpoint?: DeltaCheckpoint;
}

export const NOTHING_READ: DeltaReport = {
  handedOut: [],
  open: new Map(),
  discover: false,
  records: 0,
  pages: 0,
  calls: 0,
};

/**
 * Asks a stream what changed since its watermark, over all partitions, and hands the answer out: one message per changed partition and page. A
 * partition durably remembers what was handed out for it before its message is sent, so a lost message costs a re-read
 * and never a record. A stream that was never read is walked first.
 */
export async function readDelta(context: StreamContext, held: HeldStream): Promise<DeltaReport> {
  const { watermark, checkpoint } = held.state;
  if (watermark === undefined) {
    const begins = await requestWalk(context, 'first-load');
    return { ...NOTHING_READ, discover: begins };
  }
  const delta = new Delta(context, held, watermark);
  let page = await delta.readFirst(checkpoint);
  for (let number = 0; ; number += 1) {
    await delta.handOut(page, number);
    if (page.next === undefined) {
      await retryQuarantined(context, held.key, (again) => delta.handOutById(again, number + 1));
      return delta.report(undefined);
    }
    if (!hasTimeLeft(context.slice) || number + 2 >= PAGES_PER_DELTA) return delta.report(page.next);
    page = await delta.readNext(page.next);
  }
}

type PageRead = Required<Pick<ApplyTask, 'order' | 'servedAt' | 'pageServedAt' | 'followed'>>;

class Delta {
  readonly #context: StreamContext;
  readonly #held: HeldStream;
  readonly #watermark: Instant;
  readonly #remembered: ReadonlySet<string>;
  readonly #versions: { readonly hash: string; readonly modified: number }[] = [];
  /** What the next delta is to hand out again. */
  readonly #again = new Set<string>();
  readonly #open = new Map<string, number>();
  #since: Instant;
  #startedAt: Instant | undefined;
  #servedAt: Instant | undefined;
  #records = 0;
  #discover = false;
  #pages = 0;
  readonly #callsBefore: number;

  constructor(context: StreamContext, held: HeldStream, watermark: Instant) {
    this.#context = context;
    this.#callsBefore = context.source.calls;
    this.#held = held;
    this.#watermark = watermark;
    this.#remembered = new Set(held.state.handedOut);
    this.#since = lowerBound(watermark, context.stream.rules);
  }

  async readFirst(checkpoint: DeltaCheckpoint | undefined): Promise<SourcePage> {
    if (checkpoint !== undefined) {
      this.#since = checkpoint.since;
      this.#startedAt = checkpoint.startedAt;
      return this.#read(checkpoint.cursor);
    }
    const page = await this.#read(undefined);
    this.#startedAt = page.servedAt;
    return clockWentBack(this.#watermark, page.servedAt) ? this.#readAfterSetback(page.servedAt) : page;
  }

  readNext(cursor: string): Promise<SourcePage> {
    return this.#read(cursor);
  }

  /** Marks the partitions of a page pending, then sends their messages. */
  async handOut(page: SourcePage, number: number): Promise<void> {
    this.#servedAt = page.servedAt;
    this.#pages += 1;
    await this.#quarantine(page);
    const { records, removed = [] } = page;
    const fresh = {
      records: records.filter((record) => this.#isFresh(versionHash(record), record.modified)),
      removed: removed.filter((record) => this.#isFresh(leftHash(record), record.modified)),
    };
    const followed = page.next !== undefined;
    const { order, servedAt: pageServedAt } = page;
    await this.#handOut(fresh, { order, servedAt: this.#startedAt ?? pageServedAt, pageServedAt, followed }, number);
  }

  /**
   * The same for records that were asked for by id. What is found by id may not be found by time yet: a partition that
   * reads its window may miss it, so the next delta must hand it out again.
   */
  async handOutById(page: SourcePage, number: number): Promise<void> {
    const { records, removed = [], order, servedAt } = page;
    const unpacked = await this.#handOut(
      { records, removed },
      { order, servedAt, pageServedAt: servedAt, followed: true },
      number,
    );
    // Nor may it be found by time at all: what was mended at the source need not have been modified.
    for (const partition of unpacked)
      await this.#context.partitions.markRebuild(partitionKey(this.#held.key, partition));
  }

  /** @returns the partitions whose records did not fit into a message */
  async #handOut(changes: Changes, read: PageRead, number: number): Promise<readonly string[]> {
    this.#stillOurs();
    this.#records += changes.records.length + changes.removed.length;
    const groups = [...splitByPartition(await placeRemoved(this.#context, this.#held.key, changes))];
    const delta = this.#held.delta * PAGES_PER_DELTA + number;
    await inParallel(groups, MARKS_AT_ONCE, ([partition]) => this.#markOpen(partition, delta));
    const tasks = groups.map(([partition, own]) => this.#task(partition, own, read, delta));
    await this.#send(tasks);
    const unpacked = new Set(tasks.flatMap(({ inline, partition }) => (inline === undefined ? [partition] : [])));
    const unsent = changes.records.filter(({ partition }) => unpacked.has(partition));
    const moved = await movedLately(this.#context, this.#held.key, unsent, read.pageServedAt);
    for (const record of moved) this.#again.add(versionHash(record));
    return [...unpacked];
  }

  /** Whoever was held up past the lease must not mark partitions under a number that others have passed. */
  #stillOurs(): void {
    if (this.#context.clock.now() < this.#held.expiresAt) return;
    throw new Failure('the right to read this delta has lapsed', { code: 'lease-lapsed', retryable: true });
  }

  report(cursor: string | undefined): DeltaReport {
    const { rules } = this.#context.stream;
    const startedAt = this.#startedAt ?? this.#watermark;
    const complete = cursor === undefined;
    return {
      watermark: complete ? promote(this.#watermark, startedAt, rules) : this.#watermark,
      handedOut: rememberHandedOut(this.#versions.filter(({ hash }) => !this.#again.has(hash))),
      open: this.#open,
      discover: this.#discover,
      records: this.#records,
      pages: this.#pages,
      calls: this.#context.source.calls - this.#callsBefore,
      ...(this.#servedAt === undefined ? {} : { servedAt: this.#servedAt }),
      ...(complete ? {} : { checkpoint: { cursor, since: this.#since, startedAt } }),
    };
  }

  #read(cursor: string | undefined): Promise<SourcePage> {
    return readPage(this.#context, { stream: this.#context.stream.name, since: this.#since }, cursor);
  }

  /** A source whose clock was set back stamps new changes before the watermark: read from its own now, keep the watermark. */
  #readAfterSetback(servedAt: Instant): Promise<SourcePage> {
    reportSetback(this.#context, this.#held.key, { watermark: this.#watermark, servedAt });
    const { rules } = this.#context.stream;
    this.#since = earlierOf(this.#since, lowerBoundAfterSetback(this.#watermark, servedAt, rules));
    return this.#read(undefined);
  }

  async #quarantine(page: SourcePage): Promise<void> {
    const fresh = page.rejected.filter((rejected) =>
      this.#isFresh(rejectionHash(rejected), rejected.modified ?? page.servedAt),
    );
    await quarantineRejected(this.#context, fresh);
  }

  #isFresh(hash: string, modified: number): boolean {
    this.#versions.push({ hash, modified });
    return !this.#remembered.has(hash);
  }

  async #markOpen(partition: string, delta: number): Promise<void> {
    const key = partitionKey(this.#held.key, partition);
    const { created } = await this.#context.partitions.markOpen(key, delta, this.#watermark);
    this.#open.set(partition, delta);
    if (created) this.#discover = true;
  }

  #task(partition: string, changes: Changes, read: PageRead, delta: number): ApplyTask {
    const { order, servedAt, pageServedAt, followed } = read;
    const inline = packChanges(changes, this.#context.stream.rules.inlineBytes);
    return {
      ...partitionKey(this.#held.key, partition),
      task: 'apply',
      delta,
      order,
      servedAt,
      ...(pageServedAt === servedAt ? {} : { pageServedAt }),
      ...(followed ? { followed } : {}),
      ...(inline === undefined ? {} : { inline }),
    };
  }

  async #send(tasks: readonly ApplyTask[]): Promise<void> {
    if (tasks.length === 0) return;
    const unsent = await this.#context.queue.send(tasks.map((task) => ({ task, lane: 'scheduled' as const })));
    if (unsent.length === 0) return;
    this.#context.telemetry.log('warn', 'messages could not be sent; their partitions stay pending', {
      ...this.#held.key,
      messages: unsent.length,
    });
  }
}
