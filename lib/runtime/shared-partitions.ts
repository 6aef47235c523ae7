import type { BrokenConnection } from '../ports/connections.ts';
import type { OpenConnection } from '../ports/sources.ts';

/** A connection, and within what its partition ids are its own: `undefined` where they are the vendor's for everybody. */
export interface ScopedConnection {
  readonly opened: OpenConnection;
  readonly scope: string | undefined;
}

export interface Untangled {
  readonly open: readonly OpenConnection[];
  readonly refused: readonly BrokenConnection[];
}

/** Whether any two would write to the same partitions of the cache. */
export function arePartitionsShared(connections: readonly ScopedConnection[]): boolean {
  return untangle(connections, new Set()).refused.length > 0;
}

/**
 * Of connections whose partitions would have the same ids one stays: it would take the records of the others for gone,
 * and readers would find the records of several accounts in one place.
 * @param known ids of connections that have records in the cache: whoever was there first stays
 */
export function untangle(connections: readonly ScopedConnection[], known: ReadonlySet<string>): Untangled {
  const owners = new Map<string, string>();
  for (const { opened, scope } of connections.toSorted(byRight(known))) {
    const place = placeOf(opened, scope);
    if (place !== undefined && !owners.has(place)) owners.set(place, opened.connection.id);
  }
  const open: OpenConnection[] = [];
  const refused: BrokenConnection[] = [];
  for (const { opened, scope } of connections) {
    const { id } = opened.connection;
    const owner = owners.get(placeOf(opened, scope) ?? '') ?? id;
    if (owner === id) open.push(opened);
    else refused.push({ id, problems: [problemWith(owner)] });
  }
  return { open, refused };
}

function placeOf({ connection }: OpenConnection, scope: string | undefined): string | undefined {
  return scope === undefined ? undefined : JSON.stringify([connection.source, connection.namespace ?? null, scope]);
}

function byRight(known: ReadonlySet<string>) {
  const rank = ({ opened: { connection } }: ScopedConnection) =>
    `${known.has(connection.id) ? 0 : 1} ${connection.enabled ? 0 : 1} ${connection.id}`;
  return (a: ScopedConnection, b: ScopedConnection) => (rank(a) < rank(b) ? -1 : 1);
}

function problemWith(owner: string): string {
  return `namespace: its partitions would be those of connection ${owner}: set one that no other connection of this source has`;
}
