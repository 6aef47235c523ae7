import { isPending, type PartitionState } from './partition.ts';
import type { ApplyTask, FullTask, WindowTask } from './task.ts';

/** What a worker that holds the lease does next. */
export type PartitionStep =
  /** Apply the records the message carries. */
  | 'inline'
  /** Re-read from `pending.since`, and remove what moved away. */
  | 'settle'
  /** Read one more page of the whole partition, or finish that. */
  | 'full'
  /** The partition's own interval has passed: read what changed since its watermark. */
  | 'due'
  /** Make sure readers find the partition, though it has no records. */
  | 'create'
  | 'nothing';

/**
 * What is due for a partition, given a message and the item as it is now. The item decides: a message about a delta
 * that is no longer open asks for nothing, and an inline body counts only if it was read after the last complete scan
 * (an older one may show what that scan found gone).
 */
export function decideStep(task: ApplyTask | WindowTask | FullTask, state: PartitionState): PartitionStep {
  if (task.task === 'apply') return decideApply(task, state);
  if (state.force !== undefined || state.full !== undefined || state.pending.rebuild) return 'full';
  if (isPending(state.pending)) return 'settle';
  if (task.task === 'full') return 'nothing';
  if (task.reason === 'due') return 'due';
  return state.cached ? 'nothing' : 'create';
}

function decideApply(task: ApplyTask, state: PartitionState): PartitionStep {
  if (!state.pending.open.includes(task.delta)) return 'nothing';
  if (state.pending.rebuild) return 'full';
  return task.inline !== undefined && task.order > state.scanOrder ? 'inline' : 'settle';
}
