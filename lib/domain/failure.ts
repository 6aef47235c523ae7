/** What every error of this system carries: a stable code and whether trying again can help. */
export interface FailureOptions {
  readonly code: string;
  readonly retryable: boolean;
  readonly cause?: unknown;
}

/** Base of all thrown errors. Messages never hold record values or secrets, so they may be logged as they are. */
export class Failure extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(message: string, options: FailureOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.retryable = options.retryable;
  }
}
