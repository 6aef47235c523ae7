import { setImmediate } from 'node:timers/promises';
import { type Instant, plusMs } from '../../../lib/domain/instant.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import { TEST_START } from '../../fakes/manual-clock.ts';

interface Entry {
  readonly atMs: number;
  readonly number: number;
  readonly action: () => void;
}

/**
 * Virtual time: whatever happens, happens at its instant, one thing at a time, in an order that only the history
 * decides. Between two things every promise that can go on has gone on.
 */
export class Timeline implements Clock {
  readonly #heap: Entry[] = [];
  #nowMs = 0;
  #number = 0;
  #stopped = false;

  /** Milliseconds since the history began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  now(): Instant {
    return plusMs(TEST_START, this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.after(ms, resolve);
    return promise;
  }

  after(ms: number, action: () => void): void {
    this.at(this.#nowMs + Math.max(0, ms), action);
  }

  at(atMs: number, action: () => void): void {
    this.#number += 1;
    push(this.#heap, { atMs: Math.max(atMs, this.#nowMs), number: this.#number, action });
  }

  /** Nothing happens any more. */
  stop(): void {
    this.#stopped = true;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Lets everything happen that is due by then. */
  async runUntil(endMs: number): Promise<void> {
    // Whoever was started a moment ago has something to wait for first.
    await setImmediate();
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= endMs; next = this.#heap[0]) {
      if (this.#stopped) return;
      pop(this.#heap);
      this.#nowMs = next.atMs;
      next.action();
      await setImmediate();
    }
    if (!this.#stopped) this.#nowMs = Math.max(this.#nowMs, endMs);
  }
}

function earlier(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number);
}

function push(heap: Entry[], entry: Entry): void {
  heap.push(entry);
  let at = heap.length - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const [child, parent] = [heap[at], heap[above]];
    if (child === undefined || parent === undefined || !earlier(child, parent)) return;
    heap[at] = parent;
    heap[above] = child;
    at = above;
  }
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  for (let at = 0; ; ) {
    const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
    const least = right !== undefined && left !== undefined && earlier(right, left) ? 2 * at + 2 : 2 * at + 1;
    const [parent, child] = [heap[at], heap[least]];
    if (child === undefined || parent === undefined || !earlier(child, parent)) return;
    heap[at] = child;
    heap[least] = parent;
    at = least;
  }
}
