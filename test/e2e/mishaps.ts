import { SeededRandom } from '../simulators/seeded-random.ts';
import type { System } from './system.ts';

const VICTIMS = ['Sync', 'Sync', 'Planner'] as const;
const LOOK_MS = 3_000;
const MOST_ROUNDS = 60;

export interface MishapOptions {
  readonly seed: number;
  /** What people do at the source meanwhile; called now and then. */
  readonly edit: () => void;
}

export interface Stage {
  /** How often environments are killed. */
  readonly kills: number;
  /** Served requests between two kills, at the most. */
  readonly apart: number;
  /** Begun again until all kills have happened. */
  readonly work: () => Promise<unknown>;
}

/**
 * Kills execution environments at moments that a seed chooses. Moments are counted in requests that the table and the
 * cache have been sent, so that on a slow machine they are the same.
 */
export class Mishaps {
  readonly #system: System;
  readonly #random: SeededRandom;
  readonly #edit: () => void;
  #apart = 0;
  #untilKill = Number.POSITIVE_INFINITY;
  #killsLeft = 0;

  constructor(system: System, { seed, edit }: MishapOptions) {
    this.#system = system;
    this.#random = new SeededRandom(seed);
    this.#edit = edit;
    // A fault that never applies is asked about every request.
    const match = (): boolean => {
      this.#countRequest();
      return false;
    };
    system.host.services.dynamodb.faults.next({ error: 'drop', match });
    system.gateway.faults.next({ kind: 'drop', match });
  }

  /** @throws Error when the work does not come so far that all kills happen, or nothing settles */
  async during({ kills, apart, work }: Stage): Promise<void> {
    this.#apart = apart;
    this.#killsLeft = kills;
    this.#chooseMoment();
    for (let round = 0; this.#killsLeft > 0; round += 1) {
      if (round === MOST_ROUNDS) throw new Error(`${this.#killsLeft} kills have not happened`);
      await work();
      await this.settle();
    }
  }

  /** Lets time pass for what a killed worker has left behind, until nothing is under way. */
  async settle(): Promise<void> {
    for (let look = 1; ; look += 1) {
      await this.#system.time.endLimits();
      await this.#system.time.endLeases();
      try {
        return await this.#system.settle(LOOK_MS);
      } catch (error) {
        if (look === MOST_ROUNDS) throw error;
      }
    }
  }

  #countRequest(): void {
    this.#untilKill -= 1;
    if (this.#killsLeft > 0 && this.#untilKill % 7 === 0) this.#edit();
    if (this.#untilKill > 0) return;
    this.#killsLeft -= 1;
    this.#chooseMoment();
    this.#system.host.killEnvironments(this.#random.pick(VICTIMS));
  }

  #chooseMoment(): void {
    const none = this.#killsLeft === 0;
    this.#untilKill = none ? Number.POSITIVE_INFINITY : 1 + this.#random.integer(this.#apart);
  }
}
