import type { CallLimits } from '../../domain/budget.ts';
import type { Connection } from '../../ports/connections.ts';
import { type Source, SourceFailure, type SourceKind, type SourceTools } from '../../ports/source.ts';

/** A connection's settings and secrets as one kind of source understands them, or every problem with them. */
export type ParsedAccount<A> =
  | { readonly outcome: 'valid'; readonly account: A }
  | { readonly outcome: 'invalid'; readonly problems: readonly string[] };

export interface AccountSource<A> {
  /** As connections name it: `zoho-creator`. */
  readonly kind: string;
  /** As people know the vendor. */
  readonly vendor: string;
  readonly parse: (connection: Connection, allowLoopback: boolean) => ParsedAccount<A>;
  readonly limits: (account: A) => CallLimits;
  readonly open: (account: A, connection: Connection, tools: SourceTools) => Source;
}

/** The kind of source whose connections are accounts at one vendor. */
export function accountSource<A>({ kind, vendor, parse, limits, open }: AccountSource<A>): SourceKind {
  const accountOf = (connection: Connection, allowLoopback: boolean): A => {
    const parsed = parse(connection, allowLoopback);
    if (parsed.outcome === 'valid') return parsed.account;
    throw new SourceFailure('source-misconfigured', `${vendor}: ${parsed.problems.join('; ')}`);
  };
  return {
    kind,
    problems: (connection, { allowLoopback }) => {
      const parsed = parse(connection, allowLoopback);
      return parsed.outcome === 'valid' ? [] : parsed.problems;
    },
    // Whether loopback hosts are allowed changes no limit, so here they are.
    limits: (connection) => limits(accountOf(connection, true)),
    open: (connection, tools) => open(accountOf(connection, tools.allowLoopback), connection, tools),
  };
}
