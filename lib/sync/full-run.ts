import type { FullCheckpoint } from '../domain/partition.ts';
import type { Run } from '../domain/run.ts';
import type { Held } from '../ports/partition-store.ts';

/** A full as the run history shows it. */
export function fullRun({ wish }: FullCheckpoint, { key, state }: Held): Pick<Run, 'task' | 'trigger' | 'partition'> {
  const asked = state.force === undefined ? 'repair' : 'force';
  return { task: 'full', trigger: wish?.plan === undefined ? asked : 'plan', partition: key.partition };
}

/** What the run history keeps of it. */
export function progressOf({ progress }: FullCheckpoint): Pick<Run, 'progress'> {
  return progress === undefined ? {} : { progress };
}
