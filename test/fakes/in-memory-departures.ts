import type { Removal } from '../../lib/adapters/upstash/apply-pages.ts';
import { isExclusion } from '../../lib/domain/exclusion.ts';
import { toIso } from '../../lib/domain/instant.ts';
import { OLDEST_STAMP } from '../../lib/domain/stamp.ts';
import { isTombstone } from '../../lib/domain/stored-stamp.ts';
import type { ApplyRequest, Left, Moved } from '../../lib/ports/cache-apply.ts';
import type { InMemoryBodies } from './in-memory-bodies.ts';
import { type InMemoryLocators, isIn, type Located, without } from './in-memory-locators.ts';
import type { InMemoryStamps } from './in-memory-stamps.ts';
import { compare, readLater } from './stamp-order.ts';

/** What leaves one partition while a page is applied to it. */
export class InMemoryDepartures {
  /** Whether stamps were deleted. */
  leftStamps = false;
  readonly #request: ApplyRequest;
  readonly #here: string;
  readonly #bodies: InMemoryBodies;
  readonly #stamps: InMemoryStamps;
  readonly #locators: InMemoryLocators;

  constructor(request: ApplyRequest, bodies: InMemoryBodies, stamps: InMemoryStamps, locators: InMemoryLocators) {
    this.#request = request;
    this.#here = request.key.partition;
    this.#bodies = bodies;
    this.#stamps = stamps;
    this.#locators = locators;
  }

  /** Takes a record out of the partition, unless it is newer than the removal knows. @returns where else it is to be forgotten */
  remove([id, limit]: Removal, forget: boolean): readonly Moved[] {
    const live = this.#stamps.live(id);
    if (live !== undefined && compare(live, limit) === 'newer') return [];
    const stored = this.#stamps.of(id);
    const stamp = stored !== undefined && readLater(stored.stamp, limit) ? stored.stamp : limit;
    this.#drop(id);
    if (!forget) {
      if (this.#stamps.drop(id)) this.leftStamps = true;
    } else if (stored === undefined || !isTombstone(stored) || stored.stamp !== stamp) {
      this.#stamps.set(id, { stamp, path: 'forgotten', at: this.#request.meta.lastSync });
    }
    return this.#request.layout.locators ? this.#leave(id, forget ? stamp : live, forget) : [];
  }

  /** Lets go of a record that has left as its source says. @returns where else it still is */
  depart(id: string, { stamp, lasting }: Left): readonly Moved[] {
    const stored = this.#stamps.of(id);
    const live = this.#stamps.live(id);
    if (live !== undefined && compare(live, stamp) === 'newer') return [];
    const at = this.#locatorOf(id);
    const belongs = isIn(at, this.#here);
    if (live !== undefined || belongs) this.#drop(id);
    const moved = at !== undefined && at.gone === undefined && !belongs;
    const buried = stored !== undefined && live === undefined;
    const plain = !this.#request.layout.locators;
    if ((plain && (live !== undefined || lasting || buried)) || (moved && lasting)) {
      if (!buried || compare(stamp, stored.stamp) === 'newer')
        this.#stamps.set(id, { stamp, path: 'gone', at: this.#request.meta.lastSync });
    } else if (this.#stamps.drop(id)) this.leftStamps = true;
    if (plain) return [];
    if (moved) {
      this.#locators.set(id, { ...at, from: without(at.from, this.#here) });
      return compare(at.stamp, stamp) === 'newer' ? [] : [{ record: id, from: at.partition, stamp }];
    }
    if (at !== undefined || live !== undefined || lasting) this.#bury(id, stamp, at);
    return [];
  }

  #bury(id: string, stamp: string, at: Located | undefined): void {
    const rises = at?.gone === undefined || compare(stamp, at.stamp) === 'newer';
    this.#locators.set(id, {
      partition: at?.partition ?? this.#here,
      stamp: rises ? stamp : at.stamp,
      from: without(at?.from ?? [], this.#here),
      gone: at?.gone ?? toIso(this.#request.meta.lastSync),
    });
  }

  /** Lets a record come back that was excluded. */
  include(id: string): void {
    const stored = this.#stamps.of(id);
    if (stored !== undefined && isTombstone(stored) && isExclusion(stored.stamp) && this.#stamps.lift(id))
      this.leftStamps = true;
    const at = this.#locatorOf(id);
    if (at?.gone !== undefined && isExclusion(at.stamp)) this.#locators.set(id, { ...at, stamp: OLDEST_STAMP });
  }

  #drop(id: string): void {
    this.#bodies.remove(id, this.#stamps.segmentOf(id));
  }

  /** @param stamp what was here, or is to be forgotten: the tombstone must not outrank a record that is elsewhere */
  #leave(id: string, stamp: string | undefined, forget: boolean): readonly Moved[] {
    const fresh: Located | undefined =
      forget && stamp !== undefined ? { partition: this.#here, stamp, from: [] } : undefined;
    const at = this.#locators.of(id) ?? fresh;
    if (at === undefined) return [];
    const from = without(at.from, this.#here);
    const gone = at.gone ?? (at.partition === this.#here ? toIso(this.#request.meta.lastSync) : undefined);
    if (gone === undefined || (at.partition !== this.#here && !forget)) {
      this.#locators.set(id, { ...at, from });
      const isNews = forget && gone === undefined && stamp !== undefined && compare(at.stamp, stamp) !== 'newer';
      return isNews ? [{ record: id, from: at.partition, stamp }] : [];
    }
    const outranks = stamp !== undefined && ((forget && at.gone === undefined) || readLater(stamp, at.stamp));
    this.#locators.set(id, { ...at, stamp: outranks ? stamp : at.stamp, from, gone });
    return [];
  }

  #locatorOf(id: string): Located | undefined {
    return this.#request.layout.locators ? this.#locators.of(id) : undefined;
  }
}
