import { type Instant, plusMs } from '../../lib/domain/instant.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { DeadLetterNote, DeadLetterNotes } from '../../lib/ports/dead-letter-notes.ts';

interface Entry {
  readonly note: DeadLetterNote;
  readonly keptUntil: Instant;
}

const KEPT_MS = 14 * 86_400_000;

/** Instances that share `entries` behave like processes that share a table. */
export class InMemoryDeadLetterNotes implements DeadLetterNotes {
  readonly #clock: Clock;
  readonly #entries: Map<string, Entry>;

  constructor(clock: Clock, entries: Map<string, Entry> = new Map()) {
    this.#clock = clock;
    this.#entries = entries;
  }

  /** Another process on the same table. */
  another(): InMemoryDeadLetterNotes {
    return new InMemoryDeadLetterNotes(this.#clock, this.#entries);
  }

  async put(note: DeadLetterNote): Promise<void> {
    this.#entries.set(note.id, { note, keptUntil: plusMs(this.#clock.now(), KEPT_MS) });
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, DeadLetterNote>> {
    const now = this.#clock.now();
    const kept = [...this.#entries.values()].filter(({ note, keptUntil }) => ids.includes(note.id) && keptUntil > now);
    return new Map(kept.map(({ note }) => [note.id, note]));
  }
}
