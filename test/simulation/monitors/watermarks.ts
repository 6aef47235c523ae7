import { connectionKey, parseConnectionCycle } from '../../../lib/domain/cache-layout.ts';
import { type Instant, plusMs, toIso } from '../../../lib/domain/instant.ts';
import { effectiveWatermark, type PartitionState } from '../../../lib/domain/partition.ts';
import type { StreamState } from '../../../lib/domain/stream.ts';
import { freshnessOf } from '../../../lib/reader/freshness.ts';
import type { Version } from '../library/book-history.ts';
import type { Library } from '../library/library.ts';
import type { Losses } from './losses.ts';
import { LIBRARY, type SystemState } from './state.ts';
import type { Verdicts } from './verdicts.ts';

/** I3: what a watermark claims is in the cache or in quarantine, for the system and for its readers, and it never goes back. */
export class WatermarkMonitor {
  readonly #library: Library;
  readonly #state: SystemState;
  readonly #losses: Losses;
  readonly #verdicts: Verdicts;
  readonly #overlapMs: number;
  /** Versions once found in the cache: that they leave again is for others to notice. */
  readonly #found = new Set<number>();
  readonly #highest = new Map<string, Instant>();

  constructor(library: Library, state: SystemState, losses: Losses, verdicts: Verdicts, overlapMs: number) {
    this.#library = library;
    this.#state = state;
    this.#losses = losses;
    this.#verdicts = verdicts;
    this.#overlapMs = overlapMs;
  }

  checkTables(): void {
    const stream = this.#state.stream();
    this.#neverBack('stream', stream?.watermark);
    const claims = new Map<string, Instant>();
    for (const state of this.#state.partitions()) {
      this.#neverBack(`partition ${state.id}`, state.watermark);
      const claimed = claimOf(state, stream);
      if (claimed !== undefined) claims.set(state.id, claimed);
    }
    this.#hold('effective watermark', claims);
  }

  checkReaders(): void {
    const text = this.#state.keys.text(connectionKey(LIBRARY.connection));
    const cycle = text === undefined ? undefined : parseConnectionCycle(text);
    const claims = new Map<string, Instant>();
    for (const shelf of this.#library.shelves) {
      const { watermark } = freshnessOf(LIBRARY.stream, shelf, this.#state.meta(shelf), cycle);
      if (watermark !== undefined) claims.set(shelf, watermark);
    }
    this.#hold('freshness told to readers', claims);
  }

  #neverBack(name: string, watermark: Instant | undefined): void {
    const highest = this.#highest.get(name);
    if (watermark === undefined || watermark === highest) return;
    if (highest !== undefined && watermark < highest) {
      this.#verdicts.report('I3', `the watermark of ${name} went back from ${toIso(highest)} to ${toIso(watermark)}`);
    }
    this.#highest.set(name, watermark);
  }

  #hold(what: string, claims: ReadonlyMap<string, Instant>): void {
    for (const version of this.#library.books()) {
      const claimed = claims.get(version.shelf ?? '');
      if (claimed === undefined || this.#found.has(version.number)) continue;
      if (version.changed > plusMs(claimed, -this.#overlapMs)) continue;
      if (this.#isKept(version)) continue;
      this.#verdicts.report(
        'I3',
        `${what} of shelf ${version.shelf} is ${toIso(claimed)}, but ${version.id} as of ${toIso(version.changed)} (version ${version.number}) is not in the cache`,
      );
    }
  }

  /** The cache lost something: everything is to be found again. */
  begin(): void {
    this.#found.clear();
  }

  /** The tables went back to a backup. */
  beginAgain(): void {
    this.#highest.clear();
    this.begin();
  }

  #isKept(version: Version): boolean {
    const { id, shelf = '', flaw, number } = version;
    if (flaw !== undefined) return true;
    if (this.#state.holds(version)) {
      this.#found.add(number);
      return true;
    }
    return this.#losses.has(shelf, id) || this.#state.quarantined().has(id);
  }
}

/** A partition that was never loaded claims nothing. */
function claimOf(state: PartitionState, stream: StreamState | undefined): Instant | undefined {
  return state.loaded ? effectiveWatermark(state, stream) : undefined;
}
