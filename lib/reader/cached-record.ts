import { type JsonValue, readJson } from './read-json.ts';
import { ReaderFailure } from './reader-failure.ts';

/** A record as the cache holds it. */
export class CachedRecord {
  readonly id: string;
  readonly partition: string;
  /** The exact JSON text the source sent. */
  readonly raw: string;

  constructor(partition: string, id: string, raw: string) {
    this.id = id;
    this.partition = partition;
    this.raw = raw;
  }

  /**
   * The parsed record; numbers beyond 2^53 as strings (see `readJson`). Parsed anew each time it is asked for.
   * @throws ReaderFailure `reader-malformed`
   */
  get value(): JsonValue {
    try {
      return readJson(this.raw);
    } catch {
      // The parser's own message quotes the record.
      throw new ReaderFailure('reader-malformed', `record ${this.id} is not JSON`);
    }
  }
}
