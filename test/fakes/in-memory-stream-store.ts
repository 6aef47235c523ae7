import { type Instant, laterOf, plusMs } from '../../lib/domain/instant.ts';
import type { StreamKey } from '../../lib/domain/names.ts';
import { NEW_STREAM, type StreamState } from '../../lib/domain/stream.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { HeldStream, StreamChange, StreamStore } from '../../lib/ports/stream-store.ts';

/** Instances that share `states` behave like processes that share a table. */
export class InMemoryStreamStore implements StreamStore {
  readonly #clock: Clock;
  readonly #states: Map<string, StreamState>;

  constructor(clock: Clock, states: Map<string, StreamState> = new Map()) {
    this.#clock = clock;
    this.#states = states;
  }

  /** Another process on the same table. */
  another(): InMemoryStreamStore {
    return new InMemoryStreamStore(this.#clock, this.#states);
  }

  async read(key: StreamKey): Promise<StreamState | undefined> {
    return this.#states.get(nameOf(key));
  }

  async beginDelta(key: StreamKey, seen: StreamState, owner: string, leaseMs: number): Promise<HeldStream | undefined> {
    const current = this.#stateOf(key);
    const now = this.#clock.now();
    const underWay = current.lease !== undefined && current.lease.expiresAt > now;
    if (underWay || current.paused || current.nextDueAt !== seen.nextDueAt) return undefined;
    const expiresAt = plusMs(now, leaseMs);
    const state = { ...current, delta: current.delta + 1, lease: { owner, expiresAt } };
    this.#write(key, state);
    return { key, owner, delta: state.delta, state, beganAt: now, expiresAt };
  }

  async endDelta(held: HeldStream, change: StreamChange): Promise<boolean> {
    const current = this.#stateOf(held.key);
    if (current.delta !== held.delta || current.lease?.owner !== held.owner) return false;
    const { watermark, nextDueAt, intervalReason, lastError, checkpoint, ...settings } = change;
    const { lease: _released, lastError: knownError, checkpoint: reached, ...state } = current;
    const dueWasSet = current.nextDueAt !== held.state.nextDueAt;
    const error = lastError === undefined ? knownError : lastError;
    const next = checkpoint === undefined ? reached : checkpoint;
    this.#write(held.key, {
      ...state,
      ...settings,
      ...(watermark !== undefined && { watermark: laterOf(current.watermark ?? watermark, watermark) }),
      ...(nextDueAt !== undefined && !dueWasSet && { nextDueAt }),
      ...(intervalReason !== undefined && { intervalReason }),
      ...(error !== undefined && error !== null && { lastError: error }),
      ...(next && { checkpoint: next }),
    });
    return true;
  }

  async setPaused(key: StreamKey, paused: boolean): Promise<void> {
    this.#write(key, { ...this.#stateOf(key), paused });
  }

  async makeDue(key: StreamKey): Promise<void> {
    this.#write(key, { ...this.#stateOf(key), nextDueAt: this.#clock.now() });
  }

  async markFull(key: StreamKey, at: Instant): Promise<void> {
    this.#write(key, { ...this.#stateOf(key), lastFullAt: at });
  }

  async beginFrom(key: StreamKey, watermark: Instant): Promise<void> {
    const state = this.#stateOf(key);
    this.#write(key, { ...state, watermark: state.watermark ?? watermark });
  }

  async markLoaded(key: StreamKey): Promise<void> {
    this.#write(key, { ...this.#stateOf(key), loaded: true });
  }

  async remove(key: StreamKey): Promise<void> {
    this.#states.delete(nameOf(key));
  }

  #stateOf(key: StreamKey): StreamState {
    return this.#states.get(nameOf(key)) ?? NEW_STREAM;
  }

  #write(key: StreamKey, state: StreamState): void {
    this.#states.set(nameOf(key), state);
  }
}

function nameOf(key: StreamKey): string {
  return `${key.connection}#${key.stream}`;
}
