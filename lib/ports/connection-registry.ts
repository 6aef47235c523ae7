/** A connection that has streams in the cache. */
export interface KnownConnection {
  readonly connection: string;
  readonly streams: readonly KnownStream[];
}

export interface KnownStream {
  readonly stream: string;
  readonly partitionKind: string;
  readonly locators: boolean;
}

/** Which connections were ever synced: a parameter that disappears must not leave its records behind unnoticed. */
export interface ConnectionRegistry {
  /** One read, eventually consistent. */
  list(): Promise<readonly KnownConnection[]>;
  /** Takes a connection in, or renews what is known of it. */
  remember(connection: KnownConnection): Promise<void>;
  forget(connection: string): Promise<void>;
}
