import { type Instant, instantFromMs, laterOf, plusMs } from '../../../lib/domain/instant.ts';
import type { Timeline } from '../engine/timeline.ts';
import { BookHistory, type Flaw, type Version } from './book-history.ts';

const LATELY = 6;

/** The simulated source's data: books on shelves, changed at will, under a clock of its own. */
export class Library {
  readonly history = new BookHistory();
  readonly shelves = new Set<string>();
  /** How long queries by time lag behind a change. */
  lagMs = 0;
  /** How far the source's clock is ahead of true time. */
  skewMs = 0;
  /** What a missing right hides: nothing, everything, or one shelf. */
  hidden: 'nothing' | 'everything' | { readonly shelf: string } = 'nothing';
  /** Ids of the records that changed last, deleted ones included. */
  readonly changedLately: string[] = [];
  readonly #timeline: Timeline;
  readonly #changed: (version: Version) => void;
  #born = 0;
  #there: readonly Version[] | undefined;

  constructor(timeline: Timeline, changed: (version: Version) => void) {
    this.#timeline = timeline;
    this.#changed = changed;
  }

  now(): Instant {
    return plusMs(this.#timeline.now(), this.skewMs);
  }

  /** Virtual time. */
  nowMs(): number {
    return this.#timeline.nowMs;
  }

  /** Books that are no longer there. */
  deleted(): readonly Version[] {
    return [...this.history.ids()].flatMap((id) => {
      const version = this.history.current(id);
      return version === undefined || version.shelf !== undefined ? [] : [version];
    });
  }

  /** Books that are there, hidden ones included. */
  books(): readonly Version[] {
    if (this.#there !== undefined) return this.#there;
    const there: Version[] = [];
    for (const id of this.history.ids()) {
      const version = this.history.current(id);
      if (version?.shelf !== undefined) there.push(version);
    }
    this.#there = there;
    return there;
  }

  insert(shelf: string, agoMs = 0): Version {
    this.#born += 1;
    // Ids are in no order of time.
    const id = `${String((this.#born * 7_919) % 1_000).padStart(3, '0')}4433256000013547${String(this.#born).padStart(3, '0')}`;
    return this.#change(id, shelf, { agoMs });
  }

  edit({ id, shelf }: Version, flaw?: Flaw): Version {
    return this.#change(id, shelf, flaw === undefined ? {} : { flaw });
  }

  /** What was flawed is whole again, though the source does not call that a change. */
  mend({ id, shelf, changed }: Version): Version {
    return this.#change(id, shelf, { changed });
  }

  move({ id }: Version, shelf: string): Version {
    return this.#change(id, shelf, {});
  }

  remove({ id }: Version): Version {
    return this.#change(id, undefined, {});
  }

  isHidden(version: Version): boolean {
    if (this.hidden === 'nothing') return false;
    return this.hidden === 'everything' || this.hidden.shelf === (version.shelf ?? version.from);
  }

  #change(
    id: string,
    shelf: string | undefined,
    { agoMs = 0, flaw, changed }: { agoMs?: number; flaw?: Flaw; changed?: Instant },
  ): Version {
    if (shelf !== undefined) this.shelves.add(shelf);
    const known = this.history.current(id);
    const before = known?.changed;
    const from = shelf === undefined && known?.shelf !== undefined ? { from: known.shelf } : {};
    const stamped = changed ?? instantFromMs(Math.floor(plusMs(this.now(), -agoMs) / 1_000) * 1_000);
    const madeAtMs = this.#timeline.nowMs;
    const visibleAtMs = agoMs > 0 ? 0 : madeAtMs + this.lagMs;
    const lasting = flaw === undefined ? {} : { flaw };
    const version = this.history.change({
      id,
      shelf,
      changed: later(stamped, before),
      madeAtMs,
      visibleAtMs,
      ...lasting,
      ...from,
    });
    this.#there = undefined;
    this.changedLately.unshift(id);
    this.changedLately.length = Math.min(this.changedLately.length, LATELY);
    this.#changed(version);
    return version;
  }
}

/** However its clock was set, a source never says that a record changed earlier than it had said before. */
function later(changed: Instant, before: Instant | undefined): Instant {
  return before === undefined ? changed : laterOf(before, changed);
}
