import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TABLE_KEYS } from '../../config/environment.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ConnectionRegistry, KnownConnection, KnownStream } from '../../ports/connection-registry.ts';
import { flag, type Item, list, map, number, readFlag, readList, readText, text } from './attributes.ts';
import { REGISTRY_PK, REGISTRY_PREFIX, registryItemKey } from './keys.ts';
import { Table } from './table.ts';

/** The item of a connection, version 1: v version · ss streams, each: n name, k partition kind, lo locators. */
const REGISTRY_ITEM_VERSION = 1;

/** Connections as items of one DynamoDB table, all under one key, so that one query finds them. */
export class DynamoConnectionRegistry implements ConnectionRegistry {
  readonly #table: Table;

  constructor(client: DynamoDBClient, tableName: string, clock: Clock) {
    this.#table = new Table(client, tableName, clock);
  }

  async list(): Promise<readonly KnownConnection[]> {
    const found: KnownConnection[] = [];
    let after: string | undefined;
    do {
      const page = await this.#table.list({ pk: REGISTRY_PK, prefix: REGISTRY_PREFIX, after });
      found.push(...page.items.map(readConnection));
      after = page.next;
    } while (after !== undefined);
    return found;
  }

  /** Writes nothing when the connection is known as it is: every cycle asks. */
  async remember(connection: KnownConnection): Promise<void> {
    const key = registryItemKey(connection.connection);
    const known = await this.#table.get(key, { consistent: false });
    if (known && isDeepStrictEqual(readConnection(known), connection)) return;
    const streams = list(connection.streams.map(encodeStream));
    await this.#table.put(key, { v: number(REGISTRY_ITEM_VERSION), ss: streams });
  }

  async forget(connection: string): Promise<void> {
    await this.#table.remove(registryItemKey(connection));
  }
}

function encodeStream(stream: KnownStream) {
  return map({ n: text(stream.stream), k: text(stream.partitionKind), lo: flag(stream.locators) });
}

function readConnection(item: Item): KnownConnection {
  return {
    connection: (readText(item, TABLE_KEYS.sortKey) ?? '').slice(REGISTRY_PREFIX.length),
    streams: readList(item, 'ss').flatMap(({ M: stream }) => (stream ? [readStream(stream)] : [])),
  };
}

function readStream(item: Item): KnownStream {
  return {
    stream: readText(item, 'n') ?? '',
    partitionKind: readText(item, 'k') ?? '',
    locators: readFlag(item, 'lo'),
  };
}
