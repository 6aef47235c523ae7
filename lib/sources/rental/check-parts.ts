import type { Clock } from '../../ports/clock.ts';
import { type CheckFinding, SourceFailure } from '../../ports/source.ts';
import type { FieldNames } from './field-names.ts';
import type { RentalClient } from './rental-client.ts';
import type { RentalSettings } from './settings.ts';

/** What the probes of a check work with. */
export interface CheckParts {
  readonly settings: RentalSettings;
  readonly client: RentalClient;
  readonly clock: Clock;
  readonly fields: FieldNames;
}

export type Attempt<T> =
  | { readonly outcome: 'answered'; readonly value: T }
  | { readonly outcome: 'failed'; readonly message: string };

/** What the source answers, or why it does not. */
export async function attempt<T>(run: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { outcome: 'answered', value: await run() };
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error;
    return { outcome: 'failed', message: error.message };
  }
}

export function finding(check: string, status: CheckFinding['status'], message: string): CheckFinding {
  return { check, status, message };
}
