import type { CallLimits } from '../../domain/budget.ts';
import type { Connection } from '../../ports/connections.ts';
import {
  type CheckFinding,
  type Source,
  type SourceCheck,
  SourceFailure,
  type SourceKind,
  type SourceTools,
} from '../../ports/source.ts';

/** A connection's settings and secrets as one kind of source understands them, or every problem with them. */
export type ParsedAccount<A> =
  | { readonly outcome: 'valid'; readonly account: A }
  | { readonly outcome: 'invalid'; readonly problems: readonly string[] };

/** Accounts at one vendor. `Parts` is what is made of one to read it, and to check it. */
export interface AccountKind<A, Parts> {
  /** As connections name it: `zoho-creator`. */
  readonly kind: string;
  /** As people know the vendor. */
  readonly vendor: string;
  readonly parse: (connection: Connection, allowLoopback: boolean) => ParsedAccount<A>;
  readonly limits: (account: A) => CallLimits;
  /** Within what partition ids are unique, where they are not the vendor's for all its accounts. */
  readonly partitionScope?: (account: A) => string;
  readonly parts: (account: A, connection: Connection, tools: SourceTools) => Parts;
}

/** The kind of source whose connections are accounts at one vendor. */
export function accountSource<A, Parts>(accounts: AccountKind<A, Parts>, open: (parts: Parts) => Source): SourceKind {
  const { partitionScope } = accounts;
  return {
    kind: accounts.kind,
    problems: (connection, { allowLoopback }) => {
      const parsed = accounts.parse(connection, allowLoopback);
      return parsed.outcome === 'valid' ? [] : parsed.problems;
    },
    // Whether loopback hosts are allowed changes neither limits nor scope, so here they are.
    limits: (connection) => accounts.limits(accountOf(accounts, connection, true)),
    ...(partitionScope && { partitionScope: (connection) => partitionScope(accountOf(accounts, connection, true)) }),
    open: (connection, tools) => open(partsOf(accounts, connection, tools)),
  };
}

/** The check of these accounts, apart from how they are read. */
export function accountCheck<A, Parts>(
  accounts: AccountKind<A, Parts>,
  check: (parts: Parts) => Promise<readonly CheckFinding[]>,
): SourceCheck {
  return { kind: accounts.kind, check: (connection, tools) => check(partsOf(accounts, connection, tools)) };
}

function partsOf<A, Parts>(accounts: AccountKind<A, Parts>, connection: Connection, tools: SourceTools): Parts {
  return accounts.parts(accountOf(accounts, connection, tools.allowLoopback), connection, tools);
}

function accountOf<A>(
  { vendor, parse }: Pick<AccountKind<A, unknown>, 'vendor' | 'parse'>,
  connection: Connection,
  allowLoopback: boolean,
): A {
  const parsed = parse(connection, allowLoopback);
  if (parsed.outcome === 'valid') return parsed.account;
  throw new SourceFailure('source-misconfigured', `${vendor}: ${parsed.problems.join('; ')}`);
}
