import type { Run } from '../domain/run.ts';

export interface RunFilter {
  readonly connection: string;
  readonly stream?: string;
  readonly partition?: string;
  /** 1 to 100. */
  readonly limit: number;
  readonly cursor?: string;
}

/** The run history, kept 30 days. Applies are not in it: their ledgers stand in their partition's item and in the log. */
export interface RunStore {
  /** Writes the run as it is now, over what was there. */
  put(run: Run): Promise<void>;
  find(run: string): Promise<Run | undefined>;
  /** Newest first. */
  list(filter: RunFilter): Promise<{ readonly runs: readonly Run[]; readonly next?: string }>;
}
