import type { CallLimits } from '../domain/budget.ts';
import type { Priority } from '../domain/priority.ts';
import type { SyncRules } from '../domain/sync-rules.ts';
import type { BrokenConnection, Connection } from './connections.ts';
import type { CheckFinding, Source, StreamDefinition } from './source.ts';

/** One stream of a connection, with the rules that hold for it there. */
export interface OpenStream extends StreamDefinition {
  readonly rules: SyncRules;
}

/** A connection whose settings are sound. */
export interface OpenConnection {
  readonly connection: Connection;
  readonly limits: CallLimits;
  readonly streams: readonly OpenStream[];
  /** Its source, spending the call budget at this priority. */
  source(priority: Priority): MeteredSource;
}

/** A source that counts what is asked of it. */
export interface MeteredSource extends Source {
  /** Calls sent so far, those that failed included; token requests are not. */
  readonly calls: number;
}

export interface OpenConnections {
  readonly open: readonly OpenConnection[];
  /** Unreadable parameters, and connections whose settings the source refuses. */
  readonly broken: readonly BrokenConnection[];
}

/** The checks of live accounts. Their calls are ahead of scheduled work: a person is waiting. */
export interface AccountChecks {
  /** @throws SourceFailure when the call budget denies the calls */
  check(open: Pick<OpenConnection, 'connection' | 'limits'>): Promise<readonly CheckFinding[]>;
}

/** All connections of the stage, opened by their kinds of source. */
export interface Sources {
  list(): Promise<OpenConnections>;
}
