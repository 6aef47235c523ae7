import type { DeadLetterList, DeadLetters, Redriven, RedriveOptions } from '../ports/dead-letters.ts';
import type { Telemetry } from '../ports/telemetry.ts';

export interface DeadLetterPorts {
  readonly deadLetters: DeadLetters;
  readonly telemetry: Telemetry;
}

/** Tasks that failed five times and were set aside: ids and reasons, never bodies. @param limit the most to list */
export function listDeadLetters(
  { deadLetters }: Pick<DeadLetterPorts, 'deadLetters'>,
  limit: number,
): Promise<DeadLetterList> {
  return deadLetters.list(limit);
}

/**
 * Has tasks that were set aside tried again. Safe to repeat: a task that is late or doubled asks the partition's item
 * what is really due.
 * @throws Failure when the queue does not answer
 */
export async function redriveDeadLetters(
  { deadLetters, telemetry }: DeadLetterPorts,
  options: RedriveOptions,
): Promise<Redriven> {
  const { redriven, left } = await deadLetters.redrive(options);
  telemetry.log('info', 'dead letters redriven', { redriven, left, ids: options.ids });
  if (redriven > 0) telemetry.metric('TasksRedriven', redriven);
  return { redriven, left };
}

/** Deletes messages that were set aside, for good: those that nobody will ever understand. @returns how many */
export async function discardDeadLetters(
  { deadLetters, telemetry }: DeadLetterPorts,
  ids: readonly string[],
): Promise<number> {
  const discarded = await deadLetters.discard(ids);
  telemetry.log('info', 'dead letters discarded', { discarded, ids });
  return discarded;
}
