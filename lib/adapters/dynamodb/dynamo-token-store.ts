import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { plusMs } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AccessToken, GivenUpRefresh, StoredToken, TokenStore } from '../../ports/token-store.ts';
import { number, text } from './attributes.ts';
import { callToken } from './call-token.ts';
import { tokenItemKey } from './keys.ts';
import { Table } from './table.ts';
import {
  encodeToken,
  GIVEN_UP_ATTRIBUTES,
  OPTIONAL_TOKEN_ATTRIBUTES,
  readToken,
  TOKEN_ITEM_VERSION,
} from './token-item.ts';

/** The right is ours while no token was stored since and nobody took the right after us. */
const STILL_OURS = '#vn = :version AND #rn = :right';

/**
 * Access tokens as items of one DynamoDB table. Each right to refresh has a number, which this instance remembers:
 * a holder that comes late, after another took the right, stores nothing.
 */
export class DynamoTokenStore implements TokenStore {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #rights = new Map<string, number>();

  constructor(client: DynamoDBClient, tableName: string, clock: Clock) {
    this.#table = new Table(client, tableName, clock);
    this.#clock = clock;
  }

  async read(connection: string): Promise<StoredToken> {
    return readToken((await this.#table.get(tokenItemKey(connection))) ?? {}).stored;
  }

  async beginRefresh(connection: string, version: number, leaseMs: number): Promise<boolean> {
    const now = this.#clock.now();
    const token = callToken(this.#clock);
    const sameVersion = version === 0 ? '(attribute_not_exists(#vn) OR #vn = :version)' : '#vn = :version';
    const updated = await this.#table.update({
      key: tokenItemKey(connection),
      set: ['#v = if_not_exists(#v, :v)', '#vn = :version', '#ru = :until', '#rt = :token'],
      add: ['#rn :one'],
      remove: GIVEN_UP_ATTRIBUTES.map((name) => `#${name}`),
      condition: `${sameVersion} AND (attribute_not_exists(#ru) OR #ru <= :now)`,
      values: {
        v: number(TOKEN_ITEM_VERSION),
        version: number(version),
        until: number(plusMs(now, leaseMs)),
        now: number(now),
        token: text(token),
        one: number(1),
      },
    });
    const item = readToken((updated.outcome === 'written' ? updated.item : updated.current) ?? {});
    // Refused, and yet ours: an answer was lost and the request repeated.
    if (updated.outcome === 'refused' && item.takenBy !== token) return false;
    this.#rights.set(connection, item.right);
    return true;
  }

  async finishRefresh(connection: string, version: number, token: AccessToken): Promise<void> {
    const attributes = encodeToken(token);
    const lacking = OPTIONAL_TOKEN_ATTRIBUTES.filter((name) => !Object.hasOwn(attributes, name));
    const dropped = ['#ru', '#rt', ...lacking.map((name) => `#${name}`)];
    await this.#table.update({
      key: tokenItemKey(connection),
      set: ['#vn = :next', ...Object.keys(attributes).map((name) => `#${name} = :${name}`)],
      remove: dropped,
      condition: STILL_OURS,
      values: { ...attributes, ...this.#ours(connection, version), next: number(version + 1) },
    });
  }

  async abandonRefresh(connection: string, version: number, givenUp: GivenUpRefresh): Promise<void> {
    const { retryAt, code, reason } = givenUp;
    await this.#table.update({
      key: tokenItemKey(connection),
      set: ['#ru = :retryAt', '#gc = :code', '#gr = :reason'],
      remove: ['#rt'],
      condition: STILL_OURS,
      values: {
        ...this.#ours(connection, version),
        retryAt: number(retryAt),
        code: text(code),
        reason: text(reason),
      },
    });
  }

  #ours(connection: string, version: number) {
    return { version: number(version), right: number(this.#rights.get(connection) ?? 0) };
  }
}
