import { hash } from 'node:crypto';
import type { Instant } from './instant.ts';

/** What is remembered of a record while others are compared with it. */
export interface Candidate {
  readonly id: string;
  /** Source time of its version. */
  readonly modified: Instant;
  /** How many of its fields hold anything. */
  readonly filled: number;
}

/** Records of one partition that stand for the same thing. */
export interface DuplicateGroup {
  /** The one changed last; of several the one with most fields filled in; of several the one with the lowest id. */
  readonly keep: Candidate;
  /** The others, in the order in which they would have been kept. */
  readonly others: readonly Candidate[];
}

const IDENTITY_LENGTH = 16;

/** Finds records that share an identity, directly or through others. Keeps no contents. */
export class DuplicateSearch {
  readonly #candidates: Candidate[] = [];
  readonly #places = new Map<string, number>();
  /** Per record another one of its group, nearer to the one that stands for the group, which is its own. */
  readonly #towards: number[] = [];
  /** Hash of an identity → a record that has it. */
  readonly #owners = new Map<string, number>();

  get examined(): number {
    return this.#candidates.length;
  }

  /** A record that comes twice counts once. */
  add(candidate: Candidate, identities: readonly string[]): void {
    if (this.#places.has(candidate.id)) return;
    const place = this.#candidates.push(candidate) - 1;
    this.#places.set(candidate.id, place);
    this.#towards.push(place);
    for (const identity of identities) {
      const short = hash('sha256', identity, 'hex').slice(0, IDENTITY_LENGTH);
      const owner = this.#owners.get(short);
      if (owner === undefined) this.#owners.set(short, place);
      else this.#towards[this.#head(place)] = this.#head(owner);
    }
  }

  /** Groups of two and more, in the order of the ids that are kept. */
  groups(): readonly DuplicateGroup[] {
    const members = Map.groupBy(this.#candidates.keys(), (place) => this.#head(place));
    const groups = [...members.values()].flatMap((places) => {
      const [keep, ...others] = places.flatMap((place) => this.#candidates.slice(place, place + 1)).toSorted(keptFirst);
      return keep === undefined || others.length === 0 ? [] : [{ keep, others }];
    });
    return groups.toSorted((a, b) => byId(a.keep, b.keep));
  }

  #head(place: number): number {
    let head = place;
    for (let next = this.#towards[head]; next !== undefined && next !== head; next = this.#towards[head]) {
      // Half-way there, so that the next look is shorter.
      this.#towards[head] = this.#towards[next] ?? next;
      head = next;
    }
    return head;
  }
}

/** How many fields of a JSON object hold anything; 0 for what is none. */
export function filledFields(body: string): number {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return 0;
    return Object.values(value).filter((field) => field !== null && field !== '').length;
  } catch {
    return 0;
  }
}

function keptFirst(a: Candidate, b: Candidate): number {
  return b.modified - a.modified || b.filled - a.filled || byId(a, b);
}

function byId(a: Candidate, b: Candidate): number {
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
