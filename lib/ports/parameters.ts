/** Where the cache is and how to enter it. */
export interface CacheCredentials {
  readonly url: string;
  readonly token: string;
}

/** Credentials that may be rotated while we run. */
export interface CacheAccess {
  /** May be up to five minutes old. */
  current(): Promise<CacheCredentials>;
  /** Read afresh, after the current ones were refused. */
  refreshed(): Promise<CacheCredentials>;
}

/** SHA-256 hashes (lower-case hex) of the API's bearer tokens, by scope. A list, so that two are valid while rotating. */
export interface ApiTokenHashes {
  readonly read: readonly string[];
  readonly operate: readonly string[];
}

export interface ApiTokens {
  /** May be up to a minute old. */
  hashes(): Promise<ApiTokenHashes>;
}
