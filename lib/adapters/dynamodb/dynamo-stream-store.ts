import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Instant, plusMs } from '../../domain/instant.ts';
import type { StreamKey } from '../../domain/names.ts';
import type { StreamState } from '../../domain/stream.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HeldStream, StreamChange, StreamStore } from '../../ports/stream-store.ts';
import { callToken } from './call-token.ts';
import { streamItemKey } from './keys.ts';
import { StoreFailure } from './store-failure.ts';
import { changeStream } from './stream-change.ts';
import { readStream } from './stream-item.ts';
import {
  beginDeltaUpdate,
  beginFromUpdate,
  endDeltaUpdate,
  makeDueUpdate,
  markFullUpdate,
  markLoadedUpdate,
  setPausedUpdate,
} from './stream-writes.ts';
import { Table } from './table.ts';

const END_TRIES = 5;

/** Streams as items of one DynamoDB table; `stream-writes.ts` says what happens when writes meet. */
export class DynamoStreamStore implements StreamStore {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(client: DynamoDBClient, tableName: string, clock: Clock) {
    this.#table = new Table(client, tableName, clock);
    this.#clock = clock;
  }

  async read(key: StreamKey): Promise<StreamState | undefined> {
    const item = await this.#table.get(streamItemKey(key));
    return item && readStream(item).state;
  }

  async beginDelta(key: StreamKey, seen: StreamState, owner: string, leaseMs: number): Promise<HeldStream | undefined> {
    const now = this.#clock.now();
    const token = callToken(this.#clock);
    const updated = await this.#table.update(beginDeltaUpdate({ key, seen, owner, token, now, leaseMs }));
    const item = readStream((updated.outcome === 'written' ? updated.item : updated.current) ?? {});
    // Refused, and yet ours: an answer was lost and the request repeated.
    if (updated.outcome === 'refused' && item.takenBy !== token) return undefined;
    return { key, owner, delta: item.state.delta, state: item.state, beganAt: now, expiresAt: plusMs(now, leaseMs) };
  }

  async endDelta(held: HeldStream, change: StreamChange): Promise<boolean> {
    const token = callToken(this.#clock);
    let current = held.state;
    for (let attempt = 1; attempt <= END_TRIES; attempt += 1) {
      const next = changeStream(current, held.state, change);
      const updated = await this.#table.update(endDeltaUpdate(held, token, current, next));
      if (updated.outcome === 'written') return true;
      const item = readStream(updated.current ?? {});
      // An answer was lost and the request repeated: the first of the two took effect.
      if (item.endedBy === token) return true;
      if (item.state.delta !== held.delta || item.state.lease?.owner !== held.owner) return false;
      current = item.state;
    }
    throw new StoreFailure(`the stream kept changing during ${END_TRIES} attempts to end a delta`);
  }

  async setPaused(key: StreamKey, paused: boolean): Promise<void> {
    await this.#table.update(setPausedUpdate(key, paused));
  }

  async makeDue(key: StreamKey): Promise<void> {
    await this.#table.update(makeDueUpdate(key, this.#clock.now()));
  }

  async markFull(key: StreamKey, at: Instant): Promise<void> {
    await this.#table.update(markFullUpdate(key, at));
  }

  async beginFrom(key: StreamKey, watermark: Instant): Promise<void> {
    await this.#table.update(beginFromUpdate(key, watermark));
  }

  async markLoaded(key: StreamKey): Promise<void> {
    await this.#table.update(markLoadedUpdate(key));
  }

  async remove(key: StreamKey): Promise<void> {
    await this.#table.remove(streamItemKey(key));
  }
}
