import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TABLE_KEYS } from '../../config/environment.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DeliveryMarks } from '../../ports/delivery-marks.ts';
import { number, readText, text } from './attributes.ts';
import { callToken } from './call-token.ts';
import { expiry } from './expiry.ts';
import { deliveryItemKey } from './keys.ts';
import { Table } from './table.ts';

/** The mark of a delivery, version 1: v version · ct token of the write · `expires_at` in epoch seconds. */
const DELIVERY_ITEM_VERSION = 1;

const KEPT_DAYS = 2;

/** Deliveries as items that are there or not: one conditional write each. */
export class DynamoDeliveryMarks implements DeliveryMarks {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(client: DynamoDBClient, tableName: string, clock: Clock) {
    this.#table = new Table(client, tableName, clock);
    this.#clock = clock;
  }

  /** @throws StoreFailure */
  async claim(connection: string, delivery: string): Promise<boolean> {
    const token = callToken(this.#clock);
    const now = this.#clock.now();
    const updated = await this.#table.update({
      key: deliveryItemKey(connection, delivery),
      set: ['#v = :v', '#ct = :token', `#${TABLE_KEYS.ttl} = :until`],
      // The table deletes what has expired within days.
      condition: `attribute_not_exists(#ct) OR #${TABLE_KEYS.ttl} <= :now`,
      values: {
        v: number(DELIVERY_ITEM_VERSION),
        token: text(token),
        until: expiry(now, KEPT_DAYS)[TABLE_KEYS.ttl] ?? number(0),
        now: number(Math.floor(now / 1_000)),
      },
    });
    // A refused write that carries our token is the repetition of one whose answer was lost.
    return updated.outcome === 'written' || readText(updated.current ?? {}, 'ct') === token;
  }

  /** @throws StoreFailure */
  release(connection: string, delivery: string): Promise<void> {
    return this.#table.remove(deliveryItemKey(connection, delivery));
  }
}
