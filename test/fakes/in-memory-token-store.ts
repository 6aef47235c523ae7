import { type Instant, plusMs } from '../../lib/domain/instant.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { AccessToken, GivenUpRefresh, StoredToken, TokenStore } from '../../lib/ports/token-store.ts';

interface Entry extends StoredToken {
  /** Rights to refresh taken so far. */
  readonly rights: number;
  /** Until when nobody else may take it. */
  readonly takenUntil?: Instant;
}

const NEW_ENTRY: Entry = { token: undefined, version: 0, rights: 0 };

/** Instances that share `entries` behave like processes that share a table. */
export class InMemoryTokenStore implements TokenStore {
  readonly #clock: Clock;
  readonly #entries: Map<string, Entry>;
  readonly #ours = new Map<string, number>();

  constructor(clock: Clock, entries: Map<string, Entry> = new Map()) {
    this.#clock = clock;
    this.#entries = entries;
  }

  /** Another process on the same table. */
  another(): InMemoryTokenStore {
    return new InMemoryTokenStore(this.#clock, this.#entries);
  }

  async read(connection: string): Promise<StoredToken> {
    const { token, version, givenUp } = this.#entryOf(connection);
    return { token, version, ...(givenUp && { givenUp }) };
  }

  async beginRefresh(connection: string, version: number, leaseMs: number): Promise<boolean> {
    const { givenUp: _former, ...entry } = this.#entryOf(connection);
    const now = this.#clock.now();
    if (entry.version !== version || (entry.takenUntil !== undefined && entry.takenUntil > now)) return false;
    const rights = entry.rights + 1;
    this.#ours.set(connection, rights);
    this.#entries.set(connection, { ...entry, rights, takenUntil: plusMs(now, leaseMs) });
    return true;
  }

  async finishRefresh(connection: string, version: number, token: AccessToken): Promise<void> {
    const { rights } = this.#entryOf(connection);
    if (this.#isOurs(connection, version)) this.#entries.set(connection, { token, version: version + 1, rights });
  }

  async abandonRefresh(connection: string, version: number, givenUp: GivenUpRefresh): Promise<void> {
    if (!this.#isOurs(connection, version)) return;
    this.#entries.set(connection, { ...this.#entryOf(connection), takenUntil: givenUp.retryAt, givenUp });
  }

  #isOurs(connection: string, version: number): boolean {
    const entry = this.#entryOf(connection);
    return entry.version === version && entry.rights === this.#ours.get(connection);
  }

  #entryOf(connection: string): Entry {
    return this.#entries.get(connection) ?? NEW_ENTRY;
  }
}
