import { HINT_GAP_MS, HINTS_AT_ONCE, HINTS_WAITING, type HintedRecord } from '../../lib/domain/hints.ts';
import { EPOCH, type Instant, plusMs } from '../../lib/domain/instant.ts';
import type { StreamKey } from '../../lib/domain/names.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { HintInbox, TakenHints } from '../../lib/ports/hint-inbox.ts';

interface Inbox {
  readonly waiting: Map<string, HintedRecord>;
  keptUntil: Instant;
  takenAt?: Instant;
  promised?: Instant;
}

const KEPT_MS = 86_400_000;

/** Instances that share `inboxes` behave like processes that share a table. */
export class InMemoryHintInbox implements HintInbox {
  readonly #clock: Clock;
  readonly #inboxes: Map<string, Inbox>;

  constructor(clock: Clock, inboxes: Map<string, Inbox> = new Map()) {
    this.#clock = clock;
    this.#inboxes = inboxes;
  }

  /** Another process on the same table. */
  another(): InMemoryHintInbox {
    return new InMemoryHintInbox(this.#clock, this.#inboxes);
  }

  async add(stream: StreamKey, records: readonly HintedRecord[]): Promise<boolean> {
    const inbox = this.#inboxOf(stream);
    if (inbox.waiting.size >= HINTS_WAITING) return false;
    for (const record of records) inbox.waiting.set(`${record.partition ?? ''}/${record.id}`, record);
    inbox.keptUntil = plusMs(this.#clock.now(), KEPT_MS);
    return true;
  }

  async take(stream: StreamKey, due?: Instant): Promise<TakenHints> {
    const inbox = this.#inboxOf(stream);
    const now = this.#clock.now();
    if (inbox.waiting.size === 0 || inbox.keptUntil <= now) return { outcome: 'empty' };
    const until = inbox.takenAt === undefined ? now : plusMs(inbox.takenAt, HINT_GAP_MS);
    if (until > now) {
      const mine = due === until || inbox.promised !== until;
      inbox.promised = until;
      return { outcome: 'early', until, mine };
    }
    const chosen = [...inbox.waiting].slice(0, HINTS_AT_ONCE);
    for (const [name] of chosen) inbox.waiting.delete(name);
    inbox.takenAt = now;
    delete inbox.promised;
    return { outcome: 'taken', records: chosen.map(([, record]) => record), more: inbox.waiting.size > 0 };
  }

  #inboxOf({ connection, stream }: StreamKey): Inbox {
    const name = `${connection}#${stream}`;
    const inbox = this.#inboxes.get(name) ?? { waiting: new Map(), keptUntil: EPOCH };
    this.#inboxes.set(name, inbox);
    return inbox;
  }
}
