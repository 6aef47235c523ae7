import { excludeRecord, includeRecord } from '../../lib/sync/exclude-record.ts';
import type { SystemHappening } from './history.ts';
import type { Wish } from './monitors/exclusions.ts';
import type { Simulation } from './simulation.ts';
import { pickOf } from './source-steps.ts';

type Exclusion = Extract<SystemHappening, { readonly kind: 'exclude' | 'include' }>;

/** Has people exclude records and include them again. */
export class ExclusionSteps {
  readonly #simulation: Simulation;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  take(step: Exclusion): void {
    const { library, state, exclusions } = this.#simulation;
    const ids = step.kind === 'exclude' ? [...library.history.ids()] : exclusions.asked;
    const id = pickOf(ids, step.pick);
    if (id === undefined) return;
    // Some are excluded before anybody has heard of them, which takes the name of their shelf.
    const shelf = step.kind === 'exclude' && step.named ? library.history.current(id)?.shelf : undefined;
    if (shelf === undefined || !state.excluded().has(id)) this.#ask(id, step.kind, shelf);
  }

  /** People ask again for what they have had no answer to. */
  askAgain(): void {
    const { state, exclusions } = this.#simulation;
    const excluded = state.excluded();
    for (const [id, wish] of exclusions.open) {
      if (excluded.has(id)) this.#ask(id, wish, undefined);
    }
  }

  #ask(id: string, wish: Wish, within: string | undefined): void {
    const { exclusions, losses } = this.#simulation;
    exclusions.wished(id, wish);
    losses.addWished(id);
    this.#simulation.ask(wish, async (ports, connection) => {
      const [stream] = connection.streams;
      if (stream === undefined) return undefined;
      const target = { connection, stream };
      if (wish === 'exclude') await excludeRecord(ports, target, id, within);
      else await includeRecord(ports, target, id);
      return exclusions.answered(id);
    });
  }
}
