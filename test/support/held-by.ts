import type { Acquired, Held } from '../../lib/ports/partition-store.ts';

/** The lease, where a test knows that it was free. @throws Error when somebody else holds it */
export function heldBy(acquired: Acquired): Held {
  if (acquired.outcome === 'busy') throw new Error('the lease is taken');
  return acquired.held;
}
