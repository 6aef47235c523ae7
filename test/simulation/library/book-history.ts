import type { Instant } from '../../../lib/domain/instant.ts';
import { toIso } from '../../../lib/domain/instant.ts';

/** What a record of the simulated source lacks, so that nobody can apply it. */
export type Flaw = 'no-id' | 'no-time' | 'no-shelf';

/** What one record was from one change to the next. */
export interface Version {
  /** Rises with every change of any record: which of two versions is newer. */
  readonly number: number;
  readonly id: string;
  /** Absent once the record is deleted. */
  readonly shelf?: string;
  /** Where it was, once it is deleted. */
  readonly from?: string;
  /** The source's clock, to the second. */
  readonly changed: Instant;
  /** Virtual time of the change. */
  readonly madeAtMs: number;
  /** From then on queries by time see it: the lag of an index. */
  readonly visibleAtMs: number;
  readonly flaw?: Flaw;
  /** The exact text the source sends; empty once the record is deleted. */
  readonly body: string;
}

/** An answer may have been under way for so long when a change became visible. */
const ANSWER_MS = 30_000;

/** The settle delay, and what a call and a write may take. */
const PROVISIONAL_MS = 90_000;

/** Every version of every record there ever was. */
export class BookHistory {
  readonly #versions = new Map<string, Version[]>();
  readonly #numbers = new Map<string, number>();
  #number = 0;

  /** Ids of all records that ever were, in order of their first version. */
  ids(): Iterable<string> {
    return this.#versions.keys();
  }

  current(id: string): Version | undefined {
    return this.#versions.get(id)?.at(-1);
  }

  /** The version before version `number`. */
  before(id: string, number: number): Version | undefined {
    return this.#versions.get(id)?.findLast((version) => version.number < number);
  }

  /** The latest version an index that lags has seen. */
  indexed(id: string, nowMs: number): Version | undefined {
    return this.#versions.get(id)?.findLast((version) => version.visibleAtMs <= nowMs);
  }

  /** Which version a text is; `undefined` for one the source never sent for this record. */
  numberOf(id: string, body: string): number | undefined {
    return this.#numbers.get(`${id}\n${body}`);
  }

  /** Whether the record's last two versions are such. */
  isProvisional(id: string, nowMs: number): boolean {
    const [before, last] = (this.#versions.get(id) ?? []).slice(-2);
    return before !== undefined && last !== undefined && this.areProvisional(id, before.number, last.number, nowMs);
  }

  /**
   * Whether the order of two versions of a record may still be mistaken: they were made within one second, and just now;
   * or the source itself does not show the later one yet to whoever asks by time.
   */
  areProvisional(id: string, one: number, other: number, nowMs: number): boolean {
    const versions = this.#versions.get(id)?.filter(({ number }) => number === one || number === other) ?? [];
    const [first, second] = versions;
    if (first === undefined || second === undefined) return false;
    if (nowMs - second.visibleAtMs < ANSWER_MS && second.visibleAtMs > second.madeAtMs) return true;
    return first.changed === second.changed && nowMs - second.madeAtMs < PROVISIONAL_MS;
  }

  /** The version with which the record left a shelf after version `number`; `undefined` when it has not. */
  leftWith(id: string, shelf: string, number: number): number | undefined {
    return this.#versions.get(id)?.find((version) => version.number > number && version.shelf !== shelf)?.number;
  }

  change(change: Omit<Version, 'number' | 'body' | 'shelf'> & { readonly shelf: string | undefined }): Version {
    this.#number += 1;
    const { shelf, ...rest } = change;
    const body = shelf === undefined ? '' : bodyOf(change, this.#number);
    const version: Version = { ...rest, ...(shelf === undefined ? {} : { shelf }), number: this.#number, body };
    this.#numbers.set(`${version.id}\n${body}`, version.number);
    const known = this.#versions.get(version.id);
    if (known) known.push(version);
    else this.#versions.set(version.id, [version]);
    return version;
  }
}

/** Written by hand, because a number of nineteen digits does not survive `JSON.stringify`. */
function bodyOf(change: Pick<Version, 'id' | 'changed' | 'flaw'> & { readonly shelf: string | undefined }, n: number) {
  const parts = [
    change.flaw === 'no-id' ? '' : `"id":"${change.id}"`,
    change.flaw === 'no-shelf' ? '' : `"shelf":"${change.shelf ?? ''}"`,
    change.flaw === 'no-time' ? '' : `"changed":"${toIso(change.changed)}"`,
    `"serial":${9_007_199_254_000_000n + BigInt(n)}123`,
    `"text":"v${n} “é\\u0000\\"😀"`,
  ];
  return `{${parts.filter((part) => part !== '').join(', ')}}`;
}
