import type { Run } from '../domain/run.ts';

export interface RunFilter {
  readonly connection: string;
  readonly stream?: string;
  readonly partition?: string;
  /** 1 to 100. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

export interface RunPage {
  readonly runs: readonly Run[];
  /** Where to go on; absent on the last page. */
  readonly next?: string;
}

/**
 * The run history, kept 30 days. Applies are not in it: their ledgers stand in their partition's item and in the log.
 */
export interface RunStore {
  /** Writes the run as it is now, over what was there. */
  put(run: Run): Promise<void>;
  /** Looks under these connections: runs are kept by connection, and no index pays for finding one by its id alone. */
  find(run: string, connections: readonly string[]): Promise<Run | undefined>;
  /** Newest first. */
  list(filter: RunFilter): Promise<RunPage>;
}
