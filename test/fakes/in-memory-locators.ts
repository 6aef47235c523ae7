import { locatorKey } from '../../lib/domain/cache-layout.ts';
import type { StreamKey } from '../../lib/domain/names.ts';
import type { InMemoryKeys } from './in-memory-keys.ts';

export interface Located {
  readonly partition: string;
  readonly stamp: string;
  readonly segment?: string;
  /** Partitions that may still hold the record. */
  readonly from: readonly string[];
  /** ISO-8601: when the record left the last partition it was in. */
  readonly gone?: string;
}

/** The locators of one stream. */
export class InMemoryLocators {
  readonly #keys: InMemoryKeys;
  readonly #stream: StreamKey;

  constructor(keys: InMemoryKeys, stream: StreamKey) {
    this.#keys = keys;
    this.#stream = stream;
  }

  text(id: string): string | undefined {
    return this.#keys.text(this.#keyOf(id));
  }

  of(id: string): Located | undefined {
    const text = this.text(id);
    if (text === undefined) return undefined;
    const { from = [], ...rest } = JSON.parse(text);
    return { ...rest, from };
  }

  set(id: string, { partition, stamp, segment, from, gone }: Located): void {
    const within = segment === undefined || gone !== undefined ? {} : { segment };
    const moves = from.length === 0 ? {} : { from };
    const left = gone === undefined ? {} : { gone };
    this.#keys.setText(this.#keyOf(id), JSON.stringify({ partition, stamp, ...within, ...moves, ...left }));
  }

  drop(id: string): void {
    this.#keys.drop(this.#keyOf(id));
  }

  #keyOf(id: string): string {
    return locatorKey(this.#stream.connection, this.#stream.stream, id);
  }
}

export function without(list: readonly string[], item: string): readonly string[] {
  return list.filter((other) => other !== item);
}

/** Whether a record is in the partition, as far as its locator says. */
export function isIn(at: Located | undefined, partition: string): boolean {
  return at !== undefined && at.partition === partition && at.gone === undefined;
}
