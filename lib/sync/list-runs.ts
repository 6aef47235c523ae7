import type { Run } from '../domain/run.ts';
import type { RunFilter, RunPage } from '../ports/run-store.ts';
import type { SyncPorts } from './sync-context.ts';

type RunPorts = Pick<SyncPorts, 'runs'>;

/** One page of a connection's run history, newest first. */
export function listRuns(ports: RunPorts, filter: RunFilter): Promise<RunPage> {
  return ports.runs.list(filter);
}

/** The newest `limit` runs over several connections. Not paged: to go further back, ask for one connection. */
export async function listLatestRuns(ports: RunPorts, connections: readonly string[], limit: number): Promise<RunPage> {
  const listings = await Promise.all(connections.map((connection) => ports.runs.list({ connection, limit })));
  const runs = listings.flatMap((listing) => listing.runs);
  // Run ids sort by the time they were made.
  return { runs: runs.toSorted((a, b) => (a.run < b.run ? 1 : -1)).slice(0, limit) };
}

/**
 * One run, whichever of the connections it belongs to.
 * @returns `undefined` for a run that never was, or is older than the history
 */
export function getRun(ports: RunPorts, run: string, connections: readonly string[]): Promise<Run | undefined> {
  return ports.runs.find(run, connections);
}
