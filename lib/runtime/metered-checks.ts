import type { CheckFinding, SourceCheck } from '../ports/source.ts';
import type { AccountChecks, OpenConnection } from '../ports/sources.ts';
import type { OpenedSources } from './opened-sources.ts';

/** Checks of live accounts, within the budget of their connections. */
export class MeteredChecks implements AccountChecks {
  readonly #checks: readonly SourceCheck[];
  readonly #sources: Pick<OpenedSources, 'checkTools'>;

  /** @param checks one for each kind of source that can be opened */
  constructor(checks: readonly SourceCheck[], sources: Pick<OpenedSources, 'checkTools'>) {
    this.#checks = checks;
    this.#sources = sources;
  }

  /**
   * Not watched by the circuit breaker: what fails here is a finding, often about settings that are only being tried. Nor
   * held back by it: a person looks just when the source seems to be down.
   */
  async check(open: Pick<OpenConnection, 'connection' | 'limits'>): Promise<readonly CheckFinding[]> {
    const { connection } = open;
    const found = this.#checks.find(({ kind }) => kind === connection.source);
    if (found === undefined) throw new Error(`there is no check of ${connection.source}`);
    return found.check(connection, this.#sources.checkTools(open));
  }
}
