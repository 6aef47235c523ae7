import type { Instant } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  type PartitionPage,
  type Source,
  SourceFailure,
  type SourcePage,
  type SourceQuery,
  type SweepQuery,
  type VersionPage,
} from '../../ports/source.ts';
import type { PartitionNamespace } from '../kit/partition-namespace.ts';
import { versionsOf } from '../kit/sweeps.ts';
import type { ClinikoClient, ListPage } from './cliniko-client.ts';
import { cursorExpired, type ListPosition, readCursor } from './cursor.ts';
import { decodeRow } from './decode-row.ts';
import { refusesIdOrder } from './id-order.ts';
import type { ListRequest } from './lists.ts';
import { nextOf } from './next-page.ts';
import type { ClinikoAccount } from './settings.ts';
import { type ClinikoStream, clinikoStreams } from './streams.ts';

export interface ClinikoParts {
  readonly account: ClinikoAccount;
  readonly client: ClinikoClient;
  readonly clock: Clock;
  readonly namespace: PartitionNamespace;
}

/** The lists that a query reads, by the day that the source's clock shows. */
type ListsAt = (asOf: Instant) => readonly ListRequest[];

interface Step {
  readonly position: ListPosition;
  readonly lists: readonly ListRequest[];
  readonly request: ListRequest;
  readonly page: ListPage;
}

/** Reads patients and appointments of one Cliniko account, which is one organization and one partition. */
export class ClinikoSource implements Source {
  readonly streams;
  readonly #parts: ClinikoParts;
  readonly #streams: readonly ClinikoStream[];
  readonly #partition: string;

  constructor(parts: ClinikoParts) {
    this.#parts = parts;
    this.#streams = clinikoStreams(parts.account.settings);
    this.streams = this.#streams.map(({ definition }) => definition);
    this.#partition = parts.namespace.stored(parts.account.organization);
  }

  read(query: SourceQuery, cursor?: string): Promise<SourcePage> {
    const stream = this.#stream(query);
    return this.#read(stream, (asOf) => stream.lists(query, asOf), cursor);
  }

  /** The vendor leaves no fields out: pages are read whole and their bodies dropped. */
  async sweep(query: SweepQuery, cursor?: string): Promise<VersionPage> {
    const stream = this.#stream(query);
    return versionsOf(await this.#read(stream, (asOf) => stream.sweepLists(asOf), cursor));
  }

  async listPartitions(stream: string): Promise<PartitionPage> {
    this.#stream({ stream });
    return { partitions: [{ id: this.#partition }] };
  }

  isPartitionId(stream: string, text: string): boolean {
    return this.streams.some(({ name }) => name === stream) && text === this.#partition;
  }

  async #read(stream: ClinikoStream, listsAt: ListsAt, cursor: string | undefined): Promise<SourcePage> {
    const step = cursor === undefined ? await this.#begin(listsAt) : await this.#goOn(listsAt, readCursor(cursor));
    const { position, page, request } = step;
    const rules = stream.rules(this.#partition, position.asOf);
    const decoded = page.rows.map((row) => decodeRow(row, request.isOfGone, rules));
    const isFirst = position.list === 0 && position.after === undefined && position.page === undefined;
    return {
      records: decoded.flatMap((row) => (row.outcome === 'record' ? [row.record] : [])),
      rejected: decoded.flatMap((row) => (row.outcome === 'rejected' ? [row.rejected] : [])),
      removed: decoded.flatMap((row) => (row.outcome === 'removed' ? [row.removed] : [])),
      ...(isFirst && request.isWhole && page.total !== undefined ? { total: page.total } : {}),
      ...nextOf({ position, page, lists: step.lists.length }),
      servedAt: isFirst ? position.asOf : page.servedAt,
      order: page.order,
    };
  }

  /**
   * The first page. Which day is today only the answer tells: where this machine's clock shows another, what was asked
   * for was of the wrong days, and it is asked for again.
   */
  async #begin(listsAt: ListsAt): Promise<Step> {
    const guessed = firstOf(listsAt(this.#parts.clock.now()));
    const page = await this.#parts.client.page(guessed);
    const position = { list: 0, asOf: page.servedAt };
    const lists = listsAt(position.asOf);
    const request = firstOf(lists);
    const isOfTheseDays = request.filters.join() === guessed.filters.join();
    return { position, lists, request, page: isOfTheseDays ? page : await this.#parts.client.page(request) };
  }

  async #goOn(listsAt: ListsAt, position: ListPosition): Promise<Step> {
    const lists = listsAt(position.asOf);
    const request = lists[position.list];
    if (request === undefined) throw cursorExpired();
    try {
      return { position, lists, request, page: await this.#parts.client.page(request, position) };
    } catch (error) {
      if (position.after === undefined || !refusesIdOrder(error)) throw error;
      const first = { list: position.list, asOf: position.asOf, page: 1 };
      return { position: first, lists, request, page: await this.#parts.client.page(request, first) };
    }
  }

  #stream({ stream, partition }: Pick<SourceQuery, 'stream' | 'partition'>): ClinikoStream {
    const found = this.#streams.find(({ definition }) => definition.name === stream);
    if (found === undefined) throw misconfigured(`has no stream ${JSON.stringify(stream.slice(0, 32))}`);
    if (partition !== undefined && partition !== this.#partition)
      throw misconfigured(`this connection's organization is ${this.#partition} and no other`);
    return found;
  }
}

function firstOf(lists: readonly ListRequest[]): ListRequest {
  const [first] = lists;
  if (first === undefined) throw new Error('a query reads one list at least');
  return first;
}

function misconfigured(problem: string): SourceFailure {
  return new SourceFailure('source-misconfigured', `Cliniko: ${problem}`);
}
