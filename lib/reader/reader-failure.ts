import { Failure } from '../domain/failure.ts';

export type ReaderFailureCode =
  /** The cache did not answer, or not in time: try again. */
  | 'reader-unavailable'
  /** The client or its credentials are not what the reader needs. */
  | 'reader-misconfigured'
  /** What is stored is not what the layout says. */
  | 'reader-malformed';

/** A read did not succeed. The message holds no record values and no credentials. */
export class ReaderFailure extends Failure {
  constructor(code: ReaderFailureCode, message: string) {
    super(message, { code, retryable: code === 'reader-unavailable' });
  }
}
