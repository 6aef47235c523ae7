import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type RemovalsByHour, removalsOfDay, reserveRemovals } from '../../domain/deletion-day.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DeletionLog } from '../../ports/deletion-log.ts';
import { type Item, map, number, readMap, readNumber, readText, text } from './attributes.ts';
import { callToken } from './call-token.ts';
import { deletionsItemKey } from './keys.ts';
import { standBack } from './stand-back.ts';
import { StoreFailure } from './store-failure.ts';
import { Table } from './table.ts';

/** The item of a connection's deletions, version 1: v version · c reservations · h hour → removals · ct last token. */
const DELETIONS_ITEM_VERSION = 1;

const TRIES = 10;

interface Deletions {
  readonly reservations: number;
  readonly hours: RemovalsByHour;
}

/** Deletions as one item per connection, rewritten under the condition that nobody has reserved any since it was read. */
export class DynamoDeletionLog implements DeletionLog {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(client: DynamoDBClient, tableName: string, clock: Clock) {
    this.#table = new Table(client, tableName, clock);
    this.#clock = clock;
  }

  async reserve(connection: string, removals: number, allowed: number): Promise<boolean> {
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const seen = await this.#read(connection);
      const hours = reserveRemovals(seen.hours, removals, allowed, this.#clock.now());
      if (hours === undefined) return false;
      const token = callToken(this.#clock);
      if (await this.#write(connection, seen, hours, token)) return true;
      await standBack(this.#clock, attempt, token);
    }
    throw new StoreFailure(`deletions were counted by others ${TRIES} times in a row`);
  }

  async lastDay(connection: string): Promise<number> {
    return removalsOfDay((await this.#read(connection)).hours, this.#clock.now());
  }

  async #read(connection: string): Promise<Deletions> {
    const item = (await this.#table.get(deletionsItemKey(connection))) ?? {};
    return { reservations: readNumber(item, 'c') ?? 0, hours: readHours(item) };
  }

  /** @returns whether the item still was what was seen */
  async #write(connection: string, seen: Deletions, hours: RemovalsByHour, token: string): Promise<boolean> {
    const first = seen.reservations === 0;
    const values: Item = {
      v: number(DELETIONS_ITEM_VERSION),
      next: number(seen.reservations + 1),
      hours: map(Object.fromEntries([...hours].map(([hour, removals]) => [String(hour), number(removals)]))),
      token: text(token),
    };
    const updated = await this.#table.update({
      key: deletionsItemKey(connection),
      set: ['#v = if_not_exists(#v, :v)', '#c = :next', '#h = :hours', '#ct = :token'],
      condition: first ? 'attribute_not_exists(#c)' : '#c = :seen',
      values: first ? values : { ...values, seen: number(seen.reservations) },
    });
    // A refused write that carries our token is the repetition of one whose answer was lost.
    return updated.outcome === 'written' || readText(updated.current ?? {}, 'ct') === token;
  }
}

function readHours(item: Item): RemovalsByHour {
  const stored = readMap(item, 'h') ?? {};
  return new Map(Object.keys(stored).map((hour) => [Number(hour), readNumber(stored, hour) ?? 0]));
}
