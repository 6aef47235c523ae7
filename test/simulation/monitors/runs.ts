import { balances, type Ledger, type RunOutcome } from '../../../lib/domain/ledger.ts';
import type { LastRun } from '../../../lib/domain/partition.ts';
import type { Run } from '../../../lib/domain/run.ts';
import type { SystemState } from './state.ts';
import type { Verdicts } from './verdicts.ts';

/** I8: an outcome says what its ledger says. */
export class RunMonitor {
  readonly #state: SystemState;
  readonly #verdicts: Verdicts;
  readonly #known = new Map<string, Run | LastRun>();

  constructor(state: SystemState, verdicts: Verdicts) {
    this.#state = state;
    this.#verdicts = verdicts;
  }

  checkPartitions(): void {
    for (const { id, lastRun } of this.#state.partitions()) {
      if (lastRun === undefined || this.#known.get(id) === lastRun) continue;
      this.#known.set(id, lastRun);
      this.#checkOutcome(`last run of ${id} (${lastRun.task})`, lastRun.outcome, lastRun.ledger, 0);
    }
  }

  checkHistory(): void {
    for (const [name, { run }] of this.#state.tables.runs) {
      const before = this.#known.get(name);
      if (before === run) continue;
      this.#known.set(name, run);
      if (run.state !== 'ended') continue;
      this.#checkOutcome(`run ${run.run} (${run.task})`, run.outcome, run.ledger, run.heldDeletions ?? 0);
    }
  }

  #checkOutcome(what: string, outcome: RunOutcome | undefined, ledger: Ledger, held: number): void {
    if (outcome === undefined) this.#verdicts.report('I8', `${what} ended without an outcome`);
    const counts = JSON.stringify(ledger);
    const complete = outcome === 'succeeded' || outcome === 'partial';
    if (complete && !balances(ledger)) this.#verdicts.report('I8', `${what} is ${outcome} with ${counts}`);
    const whole = ledger.quarantined === 0 && ledger.deferred === 0 && held === 0;
    if (outcome === 'succeeded' && !whole) this.#verdicts.report('I8', `${what} succeeded with ${counts}`);
  }
}
