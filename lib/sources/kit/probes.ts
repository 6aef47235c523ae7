import { type CheckFinding, SourceFailure } from '../../ports/source.ts';

/** What came of asking the source while a connection is checked. */
export type Attempt<T> =
  | { readonly outcome: 'answered'; readonly value: T }
  | { readonly outcome: 'failed'; readonly message: string };

/** @throws whatever is no refusal of the source */
export async function attempt<T>(run: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { outcome: 'answered', value: await run() };
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error;
    return { outcome: 'failed', message: error.message };
  }
}

/** A probe that the source would not answer is a finding too. */
export async function guarded(check: string, run: () => Promise<CheckFinding>): Promise<CheckFinding> {
  const attempted = await attempt(run);
  if (attempted.outcome === 'answered') return attempted.value;
  return finding(check, 'failed', `Could not be probed. ${attempted.message}`);
}

export function finding(check: string, status: CheckFinding['status'], message: string): CheckFinding {
  return { check, status, message };
}
