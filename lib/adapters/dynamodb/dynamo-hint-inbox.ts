import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TABLE_KEYS } from '../../config/environment.ts';
import { HINT_GAP_MS, HINTS_AT_ONCE, HINTS_WAITING, type HintedRecord } from '../../domain/hints.ts';
import { type Instant, plusMs } from '../../domain/instant.ts';
import type { StreamKey } from '../../domain/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HintInbox, TakenHints } from '../../ports/hint-inbox.ts';
import { type Item, number, readInstant, readText, readTexts, text, texts } from './attributes.ts';
import { callToken } from './call-token.ts';
import { expiry, isExpired } from './expiry.ts';
import { unchanged } from './expression.ts';
import { hintsItemKey } from './keys.ts';
import { standBack } from './stand-back.ts';
import { StoreFailure } from './store-failure.ts';
import { Table } from './table.ts';

/**
 * A stream's inbox, version 1: v version · r records, each `{partition}/{id}` · ta when some were taken last · co when
 * somebody comes for the rest · ct token of the last taking · `expires_at` in epoch seconds.
 */
const HINTS_ITEM_VERSION = 1;

const KEPT_DAYS = 1;
const TRIES = 8;

/** Hints as one item per stream, with the records as a set: adding needs no read. */
export class DynamoHintInbox implements HintInbox {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(client: DynamoDBClient, tableName: string, clock: Clock) {
    this.#table = new Table(client, tableName, clock);
    this.#clock = clock;
  }

  /** @throws StoreFailure */
  async add(stream: StreamKey, records: readonly HintedRecord[]): Promise<boolean> {
    if (records.length === 0) return true;
    const updated = await this.#table.update({
      key: hintsItemKey(stream),
      add: ['#r :records'],
      set: ['#v = :v', `#${TABLE_KEYS.ttl} = :until`],
      condition: 'attribute_not_exists(#r) OR size(#r) < :most',
      values: {
        records: texts([...new Set(records.map(encodeHinted))]),
        v: number(HINTS_ITEM_VERSION),
        until: expiry(this.#clock.now(), KEPT_DAYS)[TABLE_KEYS.ttl] ?? number(0),
        most: number(HINTS_WAITING),
      },
    });
    return updated.outcome === 'written';
  }

  /** @throws StoreFailure */
  async take(stream: StreamKey, due?: Instant): Promise<TakenHints> {
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const item = (await this.#table.get(hintsItemKey(stream))) ?? {};
      const now = this.#clock.now();
      const waiting = isExpired(item, now) ? [] : readTexts(item, 'r');
      if (waiting.length === 0) return { outcome: 'empty' };
      const takenAt = readInstant(item, 'ta');
      const until = takenAt === undefined ? now : plusMs(takenAt, HINT_GAP_MS);
      if (until > now) {
        return { outcome: 'early', until, mine: due === until || (await this.#promise(stream, item, until)) };
      }
      const chosen = waiting.slice(0, HINTS_AT_ONCE);
      if (await this.#takeOut(stream, takenAt, chosen)) {
        return { outcome: 'taken', records: chosen.map(decodeHinted), more: waiting.length > chosen.length };
      }
      await standBack(this.#clock, attempt, callToken(this.#clock));
    }
    throw new StoreFailure(`hints were taken by others ${TRIES} times in a row`);
  }

  /** @returns whether nobody else has promised to come then */
  async #promise(stream: StreamKey, item: Item, until: Instant): Promise<boolean> {
    if (readInstant(item, 'co') === until) return false;
    const updated = await this.#table.update({
      key: hintsItemKey(stream),
      set: ['#co = :until'],
      condition: 'attribute_exists(#r) AND (attribute_not_exists(#co) OR #co <> :until)',
      values: { until: number(until) },
    });
    return updated.outcome === 'written';
  }

  /** @returns whether nobody has taken any since they were read */
  async #takeOut(stream: StreamKey, takenAt: Instant | undefined, chosen: readonly string[]): Promise<boolean> {
    const token = callToken(this.#clock);
    const updated = await this.#table.update({
      key: hintsItemKey(stream),
      set: ['#ta = :now', '#ct = :token'],
      remove: ['#co'],
      delete: ['#r :chosen'],
      condition: unchanged('ta', takenAt, 'seen'),
      values: {
        now: number(this.#clock.now()),
        token: text(token),
        chosen: texts(chosen),
        ...(takenAt === undefined ? {} : { seen: number(takenAt) }),
      },
    });
    // A refused write that carries our token is the repetition of one whose answer was lost.
    return updated.outcome === 'written' || readText(updated.current ?? {}, 'ct') === token;
  }
}

function encodeHinted({ id, partition = '' }: HintedRecord): string {
  return `${partition}/${id}`;
}

/** A partition's id has no slash. */
function decodeHinted(encoded: string): HintedRecord {
  const end = encoded.indexOf('/');
  const partition = encoded.slice(0, end);
  return { id: encoded.slice(end + 1), ...(partition === '' ? {} : { partition }) };
}
