import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { TABLE_KEYS } from '../../config/environment.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Item, readText, text } from './attributes.ts';
import { namesIn, valuesFor } from './expression.ts';
import type { ItemKey } from './keys.ts';
import { asStoreFailure, StoreFailure } from './store-failure.ts';

export interface Update {
  readonly key: ItemKey;
  readonly set?: readonly string[];
  readonly remove?: readonly string[];
  readonly add?: readonly string[];
  /** Elements that leave their sets. */
  readonly delete?: readonly string[];
  readonly condition?: string;
  readonly values: Item;
}

/** A deletion that is refused when its condition does not hold. */
export interface Removal {
  readonly key: ItemKey;
  readonly condition: string;
  readonly values: Item;
}

export type Updated =
  /** The item as it is after the write. */
  | { readonly outcome: 'written'; readonly item: Item }
  /** The condition does not hold; `current` is the item as it is, if there is one. Nothing was changed. */
  | { readonly outcome: 'refused'; readonly current: Item | undefined };

/** A read along the sort key, within one partition key. */
export interface Listing {
  readonly pk: string;
  /** What the sort keys begin with. */
  readonly prefix: string;
  /** The sort key to begin after. */
  readonly after?: string | undefined;
  readonly filter?: string;
  readonly values?: Item;
  readonly limit?: number;
  readonly descending?: boolean;
  /** By default a listing is eventually consistent, for half the price. */
  readonly consistent?: boolean;
}

export interface ItemPage {
  readonly items: readonly Item[];
  /** Sort key of the last item that was looked at, when there may be more. */
  readonly next: string | undefined;
}

/** A read of an index in the order of its sort key, below a bound. */
export interface IndexQuery {
  readonly index: string;
  readonly condition: string;
  readonly values: Item;
  readonly limit: number;
  readonly start?: Item;
}

/** An eventually consistent read costs half. */
export interface Consistency {
  readonly consistent: boolean;
}

const CONSISTENT: Consistency = { consistent: true };
const BATCH_GET_LIMIT = 100;
const BATCH_GET_TRIES = 6;
const BATCH_GET_PAUSE_MS = 40;

/** The state table: the calls the stores make, with a failed condition as a value. */
export class Table {
  readonly #client: DynamoDBClient;
  readonly #name: string;
  readonly #clock: Clock;

  constructor(client: DynamoDBClient, name: string, clock: Clock) {
    this.#client = client;
    this.#name = name;
    this.#clock = clock;
  }

  /** @throws StoreFailure */
  async get(key: ItemKey, options: Consistency = CONSISTENT): Promise<Item | undefined> {
    const input = { TableName: this.#name, Key: attributesOf(key), ConsistentRead: options.consistent };
    const output = await naming('GetItem', this.#client.send(new GetItemCommand(input)));
    return output.Item;
  }

  /** One conditional write to one item; creates the item where there is none. @throws StoreFailure */
  async update(update: Update): Promise<Updated> {
    const expression = updateExpression(update);
    const command = new UpdateItemCommand({
      TableName: this.#name,
      Key: attributesOf(update.key),
      UpdateExpression: expression,
      ConditionExpression: update.condition,
      ExpressionAttributeNames: namesIn(expression, update.condition),
      ExpressionAttributeValues: valuesFor(update.values),
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      const output = await this.#client.send(command);
      return { outcome: 'written', item: output.Attributes ?? {} };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return { outcome: 'refused', current: error.Item };
      throw asStoreFailure('UpdateItem', error);
    }
  }

  /** @throws StoreFailure */
  async put(key: ItemKey, attributes: Item): Promise<void> {
    const input = { TableName: this.#name, Item: { ...attributes, ...attributesOf(key) } };
    await naming('PutItem', this.#client.send(new PutItemCommand(input)));
  }

  /** @throws StoreFailure */
  async remove(key: ItemKey): Promise<void> {
    await this.#delete({ TableName: this.#name, Key: attributesOf(key) });
  }

  /** @returns whether the condition held @throws StoreFailure */
  async removeIf({ key, condition, values }: Removal): Promise<boolean> {
    return this.#delete({
      TableName: this.#name,
      Key: attributesOf(key),
      ConditionExpression: condition,
      ExpressionAttributeNames: namesIn(condition),
      ExpressionAttributeValues: valuesFor(values),
    });
  }

  async #delete(input: DeleteItemCommandInput): Promise<boolean> {
    try {
      await this.#client.send(new DeleteItemCommand(input));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw asStoreFailure('DeleteItem', error);
    }
  }

  /** One page. @throws StoreFailure */
  async list(listing: Listing): Promise<ItemPage> {
    const { pk, prefix, after, filter } = listing;
    const condition = `#${TABLE_KEYS.partitionKey} = :pk AND begins_with(#${TABLE_KEYS.sortKey}, :prefix)`;
    const command = new QueryCommand({
      TableName: this.#name,
      KeyConditionExpression: condition,
      FilterExpression: filter,
      ExpressionAttributeNames: namesIn(condition, filter),
      ExpressionAttributeValues: valuesFor({ ...listing.values, pk: text(pk), prefix: text(prefix) }),
      Limit: listing.limit,
      ConsistentRead: listing.consistent === true,
      ScanIndexForward: listing.descending !== true,
      ExclusiveStartKey: after === undefined ? undefined : attributesOf({ pk, sk: after }),
    });
    const output = await naming('Query', this.#client.send(command));
    return { items: output.Items ?? [], next: readText(output.LastEvaluatedKey ?? {}, TABLE_KEYS.sortKey) };
  }

  /** One page of an index, eventually consistent; `next` is where to go on. @throws StoreFailure */
  async queryIndex(query: IndexQuery): Promise<{ readonly items: readonly Item[]; readonly next: Item | undefined }> {
    const command = new QueryCommand({
      TableName: this.#name,
      IndexName: query.index,
      KeyConditionExpression: query.condition,
      ExpressionAttributeNames: namesIn(query.condition),
      ExpressionAttributeValues: valuesFor(query.values),
      Limit: query.limit,
      ExclusiveStartKey: query.start,
    });
    const output = await naming('Query', this.#client.send(command));
    return { items: output.Items ?? [], next: output.LastEvaluatedKey };
  }

  /** The items of these keys that exist, in no particular order. @throws StoreFailure */
  async getMany(keys: readonly ItemKey[], options: Consistency = CONSISTENT): Promise<readonly Item[]> {
    const items: Item[] = [];
    for (let from = 0; from < keys.length; from += BATCH_GET_LIMIT) {
      items.push(...(await this.#getBatch(keys.slice(from, from + BATCH_GET_LIMIT).map(attributesOf), options)));
    }
    return items;
  }

  async #getBatch(keys: readonly Item[], { consistent }: Consistency): Promise<readonly Item[]> {
    const items: Item[] = [];
    let open: Item[] = [...keys];
    for (let attempt = 1; attempt <= BATCH_GET_TRIES; attempt += 1) {
      const request = { Keys: open, ConsistentRead: consistent };
      const command = new BatchGetItemCommand({ RequestItems: { [this.#name]: request } });
      const output = await naming('BatchGetItem', this.#client.send(command));
      items.push(...(output.Responses?.[this.#name] ?? []));
      open = output.UnprocessedKeys?.[this.#name]?.Keys ?? [];
      if (open.length === 0) return items;
      await this.#clock.sleep(BATCH_GET_PAUSE_MS * 2 ** attempt);
    }
    throw new StoreFailure(`BatchGetItem left ${open.length} keys unread`);
  }
}

function attributesOf(key: ItemKey): Item {
  return { [TABLE_KEYS.partitionKey]: text(key.pk), [TABLE_KEYS.sortKey]: text(key.sk) };
}

function updateExpression(update: Update): string {
  const clauses = [
    ['SET', update.set],
    ['REMOVE', update.remove],
    ['ADD', update.add],
    ['DELETE', update.delete],
  ] as const;
  return clauses.flatMap(([word, parts]) => (parts?.length ? [`${word} ${parts.join(', ')}`] : [])).join(' ');
}

async function naming<T>(operation: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw asStoreFailure(operation, error);
  }
}
