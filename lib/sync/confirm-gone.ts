import type { Instant } from '../domain/instant.ts';
import type { RejectedRecord, SourceRecord } from '../domain/record.ts';
import type { CachedVersion } from '../ports/cache-entries.ts';
import type { Held } from '../ports/partition-store.ts';
import type { SourcePage } from '../ports/source.ts';
import { readPage } from './read-page.ts';
import type { StreamContext } from './sync-context.ts';

/** Queries by id spent on telling apart which of several records answers without its id. */
const LOOKS = 24;

export interface Suspects {
  readonly suspects: readonly CachedVersion[];
  /** Last call number so far. */
  readonly order: number;
  /** A record of the partition that the source has shown lately. Without one, its silence is taken at its word. */
  readonly witness: string | undefined;
  /** Whether to ask for the witness along with them, because it will be needed. */
  readonly likelyGone: boolean;
}

export interface Confirmed {
  /** Record id → stamp: not found in this partition. */
  readonly removals: Readonly<Record<string, string>>;
  /** Found in this partition. */
  readonly missed: readonly SourceRecord[];
  /** Call number that `missed` counts as read under: the first of the queries. */
  readonly order: number;
  /** Source clock of the first of them. */
  readonly asOf?: Instant;
  /** Last call number, these queries included. */
  readonly lastOrder: number;
  /** Queries by id it took. */
  readonly calls: number;
  /** Whether the source still found a record that it had shown before: else nothing can be said to be gone. */
  readonly believed: boolean;
}

/**
 * Asks the source for each suspect by its id: only what it does not find in this partition is gone. A right that was
 * taken away in between makes it find nothing at all, which is why it must find the witness too.
 */
export async function confirmGone(
  context: StreamContext,
  held: Pick<Held, 'key'>,
  { suspects, order, witness, likelyGone }: Suspects,
): Promise<Confirmed> {
  const asked = suspects.map(({ record }) => record);
  const look = new Look(context, held.key.partition);
  await look.up(witness !== undefined && likelyGone ? [...asked, witness] : asked);
  const missed = [...look.found.values()].filter(
    // Found in another partition it leaves this one; its new partition is told by the delta that saw it move.
    ({ id, partition }) => partition === held.key.partition && asked.includes(id),
  );
  const kept = new Set([...missed.map(({ id }) => id), ...look.unclear]);
  const removals = suspects.filter(({ record }) => !kept.has(record));
  const believed =
    removals.length === 0 || witness === undefined || (await look.stillShows(witness, held.key.partition, likelyGone));
  return {
    removals: Object.fromEntries(removals.map(({ record, stamp }) => [record, stamp])),
    missed,
    order: look.orders[0] ?? order,
    ...(look.asOf === undefined ? {} : { asOf: look.asOf }),
    lastOrder: look.orders.at(-1) ?? order,
    calls: look.orders.length,
    believed,
  };
}

/** Queries by id, and what they have shown so far. */
class Look {
  readonly found = new Map<string, SourceRecord>();
  /** Records that are there, or may be, and cannot be read. */
  readonly unclear = new Set<string>();
  readonly orders: number[] = [];
  asOf: Instant | undefined;
  readonly #context: StreamContext;
  readonly #partition: string;

  /** @param partition where the records were last */
  constructor(context: StreamContext, partition: string) {
    this.#context = context;
    this.#partition = partition;
  }

  /** A record that answers without its id may be any of those asked for: they are asked for in ever smaller groups. */
  async up(ids: readonly string[]): Promise<void> {
    const rejected = await this.#ask(ids);
    const nameless = rejected.filter(isNameless).length;
    if (nameless === 0) return;
    const open = ids.filter((id) => !this.found.has(id) && !this.unclear.has(id));
    if (open.length <= nameless || this.orders.length >= LOOKS) {
      for (const id of open) this.unclear.add(id);
      return;
    }
    const half = Math.ceil(open.length / 2);
    await this.up(open.slice(0, half));
    await this.up(open.slice(half));
  }

  /** Of several answers the last must show the witness, whichever of them held it. */
  async stillShows(witness: string, partition: string, wasAskedFor: boolean): Promise<boolean> {
    if (!wasAskedFor || this.orders.length > 1) {
      this.found.delete(witness);
      await this.#ask([witness]);
    }
    // One that has moved proves nothing about the partition it left.
    return this.found.get(witness)?.partition === partition;
  }

  async #ask(ids: readonly string[]): Promise<readonly RejectedRecord[]> {
    const rejected: RejectedRecord[] = [];
    const query = { stream: this.#context.stream.name, ids, partition: this.#partition };
    let cursor: string | undefined;
    do {
      const page: SourcePage = await readPage(this.#context, query, cursor);
      this.orders.push(page.order);
      this.asOf ??= page.servedAt;
      for (const record of page.records) this.found.set(record.id, record);
      for (const record of page.rejected) if (!isNameless(record)) this.unclear.add(record.id);
      rejected.push(...page.rejected);
      cursor = page.next;
    } while (cursor !== undefined);
    return rejected;
  }
}

function isNameless({ id, reason }: RejectedRecord): boolean {
  return reason === 'missing-id' || reason === 'bad-id' || id.startsWith('hash:');
}
