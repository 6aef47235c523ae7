export interface WalkHook {
  /** Runs when page number `afterPage` (from 1) of the next walk has been read and before it is answered. */
  readonly afterPage: number;
  readonly stream: 'registrations' | 'events';
  readonly run: () => void;
}

/** Things that happen while somebody is paging. Each happens once, in the next walk that gets so far. */
export class WalkHooks {
  #waiting: readonly WalkHook[] = [];

  get waiting(): number {
    return this.#waiting.length;
  }

  add(hook: WalkHook): void {
    this.#waiting = [...this.#waiting, hook];
  }

  clear(): void {
    this.#waiting = [];
  }

  pageRead(stream: WalkHook['stream'], page: number): void {
    const due = this.#waiting.filter((hook) => hook.stream === stream && hook.afterPage === page);
    this.#waiting = this.#waiting.filter((hook) => !due.includes(hook));
    for (const hook of due) hook.run();
  }
}
