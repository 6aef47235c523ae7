import { locatorKey, parseLocator } from '../../../lib/domain/cache-layout.ts';
import { brakeRule } from '../../../lib/domain/deletion-brake.ts';
import type { PartitionKey } from '../../../lib/domain/names.ts';
import type { ApplyReply, ApplyRequest } from '../../../lib/ports/cache-apply.ts';
import type { Acquired, Committed, Held, PartitionChange } from '../../../lib/ports/partition-store.ts';
import { InMemoryCache } from '../../fakes/in-memory-cache.ts';
import { InMemoryPartitionStore } from '../../fakes/in-memory-partition-store.ts';
import type { SystemState } from './state.ts';
import type { Verdicts } from './verdicts.ts';

/** I4 at the cache: who carries an older fence than one that has written changes nothing. And I6: the brake holds. */
export class WatchedCache extends InMemoryCache {
  #fences = new Map<string, number>();
  #watch: { readonly state: SystemState; readonly verdicts: Verdicts } | undefined;

  override metered(): InMemoryCache {
    const metered = new WatchedCache(this.keys);
    metered.#fences = this.#fences;
    metered.#watch = this.#watch;
    return metered;
  }

  watch(state: SystemState, verdicts: Verdicts): void {
    this.#watch = { state, verdicts };
  }

  /** Fences may have been lost with what else the cache lost. */
  forgetFences(): void {
    this.#fences.clear();
  }

  override async apply(request: ApplyRequest): Promise<ApplyReply> {
    const { stream, partition } = request.key;
    const item = `${stream}#${partition}`;
    const before = this.#watch?.state.known(partition) ?? new Set();
    const reply = await super.apply(request);
    if (reply.outcome !== 'applied') return reply;
    const highest = this.#fences.get(item) ?? 0;
    if (request.fence < highest) {
      this.#watch?.verdicts.report('I4', `the cache took fence ${request.fence} of ${item} after ${highest}`);
    }
    this.#fences.set(item, Math.max(highest, request.fence));
    this.#checkBrake(request, before);
    return reply;
  }

  /** What moved away is known to be elsewhere; all else that leaves is a deletion, its body lost before or not. */
  #checkBrake({ key, path, removals = {} }: ApplyRequest, before: ReadonlySet<string>): void {
    // A window lets go of nothing else, and may be so late that its partition no longer remembers what had moved.
    if (this.#watch === undefined || path === 'window') return;
    const { state, verdicts } = this.#watch;
    const moved = state.partition(key.partition)?.pending.moved ?? {};
    const after = state.known(key.partition);
    const gone = Object.keys(removals).filter(
      (id) => before.has(id) && !after.has(id) && !Object.hasOwn(moved, id) && !this.#isElsewhere(key, id),
    );
    const approved = state.partition(key.partition)?.full?.wish?.approved ?? 0;
    if (gone.length > approved && brakeRule(gone.length, before.size) !== undefined) {
      verdicts.report('I6', `${gone.length} of ${before.size} records of ${key.partition} were removed past the brake`);
    }
  }

  #isElsewhere({ connection, stream, partition }: PartitionKey, id: string): boolean {
    const at = parseLocator(this.keys.text(locatorKey(connection, stream, id)) ?? '');
    return at !== undefined && at.gone === undefined && at.partition !== partition;
  }
}

/** I4 at the table: a commit under an older fence changes nothing. */
export class WatchedPartitions extends InMemoryPartitionStore {
  readonly #highest = new Map<string, number>();
  readonly #verdicts: Verdicts;

  constructor(verdicts: Verdicts, ...args: ConstructorParameters<typeof InMemoryPartitionStore>) {
    super(...args);
    this.#verdicts = verdicts;
  }

  /** The table went back to a backup. */
  beginAgain(): void {
    this.#highest.clear();
  }

  override async acquire(...args: Parameters<InMemoryPartitionStore['acquire']>): Promise<Acquired> {
    const acquired = await super.acquire(...args);
    if (acquired.outcome === 'held') {
      const { key, fence } = acquired.held;
      const item = `${key.stream}#${key.partition}`;
      const highest = this.#highest.get(item) ?? 0;
      if (fence <= highest) this.#verdicts.report('I4', `${item} was given fence ${fence} after ${highest}`);
      this.#highest.set(item, Math.max(fence, highest));
    }
    return acquired;
  }

  override async commit(held: Held, change: PartitionChange): Promise<Committed> {
    const committed = await super.commit(held, change);
    const item = `${held.key.stream}#${held.key.partition}`;
    const highest = this.#highest.get(item) ?? 0;
    if (committed.outcome === 'committed' && held.fence < highest) {
      this.#verdicts.report('I4', `the table took a commit to ${item} under ${held.fence} after ${highest}`);
    }
    return committed;
  }
}
