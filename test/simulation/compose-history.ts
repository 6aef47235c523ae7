import { composeBase, composeRest } from './compose-setting.ts';
import { Chance } from './engine/chance.ts';
import type { MessageFault } from './engine/message-queues.ts';
import {
  type Change,
  FAULT_FAMILIES,
  FAULT_KINDS,
  type FaultFamily,
  type Happening,
  type History,
  SHELVES,
  type Step,
} from './history.ts';
import type { Flaw } from './library/book-history.ts';
import type { WrongAnswer } from './library/library-server.ts';

const MINUTE_MS = 60_000;
const TICK_MS = 5 * MINUTE_MS;

const PORTS = [
  'any',
  'any',
  'cache',
  'cache.apply',
  'partitions',
  'partitions.commit',
  'partitions.acquire',
  'partitions.markOpen',
  'streams',
  'streams.endDelta',
  'queue',
  'http',
  'runs',
  'quarantine',
  'budget',
  'cache.publishCycle',
] as const;

const WRONG: readonly WrongAnswer[] = [
  'unavailable',
  'rate-limited',
  'quota-spent',
  'expired',
  'network',
  'truncated',
  'page-of-html',
  'empty-with-next',
];

const FLAWS: readonly Flaw[] = ['no-id', 'no-time', 'no-shelf'];

/** Everything that follows from one seed. */
export function composeHistory(seed: number, families: ReadonlySet<FaultFamily> = new Set(FAULT_FAMILIES)): History {
  const chance = new Chance(seed).branch('history');
  const quietAtMs = chance.between(2, 6) * 60 * MINUTE_MS;
  const branches = { hints: new Chance(seed).branch('hints'), exclusions: new Chance(seed).branch('exclusions') };
  const composer = new Composer(chance, branches, quietAtMs, families);
  const base = composeBase(chance, families);
  const steps = composer.steps();
  return { seed, setting: { ...base, ...composeRest(seed, steps) }, steps, quietAtMs };
}

/** Chances of their own, so that what they decide changes nothing else. */
interface Branches {
  readonly hints: Chance;
  readonly exclusions: Chance;
}

class Composer {
  readonly #chance: Chance;
  readonly #branches: Branches;
  readonly #quietAtMs: number;
  readonly #families: ReadonlySet<FaultFamily>;
  readonly #steps: { readonly atMs: number; readonly happening: Happening }[] = [];
  readonly #ticks: number[] = [];

  constructor(chance: Chance, branches: Branches, quietAtMs: number, families: ReadonlySet<FaultFamily>) {
    this.#chance = chance;
    this.#branches = branches;
    this.#quietAtMs = quietAtMs;
    this.#families = families;
  }

  steps(): readonly Step[] {
    this.#schedule();
    this.#life();
    this.#episodes();
    if (this.#families.has('ports')) this.#some(24, () => this.#port());
    if (this.#families.has('messages')) this.#some(10, () => this.#message());
    if (this.#families.has('source')) this.#some(8, () => this.#source());
    if (this.#families.has('cache') && this.#chance.onceIn(2)) this.#some(5, () => this.#cache());
    if (this.#families.has('hidden') && this.#chance.onceIn(5)) this.#some(2, () => this.#hidden());
    if (this.#families.has('clock') && this.#chance.onceIn(3)) this.#some(3, () => this.#clock());
    if (this.#families.has('tables'))
      this.#some(3, () => ({ kind: this.#chance.onceIn(2) ? 'tables-restore' : 'tables-backup' }));
    if (this.#families.has('flaws') && this.#chance.onceIn(3)) this.#some(6, () => this.#flaw());
    if (!this.#branches.hints.onceIn(3)) this.#hints();
    if (this.#branches.exclusions.onceIn(4)) this.#exclusions();
    return this.#steps
      .toSorted((a, b) => a.atMs - b.atMs)
      .map(({ atMs, happening }, index) => ({ ...happening, number: index + 1, atMs }));
  }

  /** Every five minutes; sometimes twice, sometimes not for hours. */
  #schedule(): void {
    const chance = this.#chance;
    const faulty = this.#families.has('schedule');
    let silentUntilMs = 0;
    for (let atMs = 1_000; atMs < this.#quietAtMs; atMs += TICK_MS) {
      if (faulty && atMs > TICK_MS && chance.onceIn(60)) silentUntilMs = atMs + chance.between(1, 24) * TICK_MS;
      if (atMs < silentUntilMs) continue;
      this.#ticks.push(atMs);
      this.#add(atMs, { kind: 'schedule', job: 'plan' });
      if (faulty && chance.onceIn(12)) this.#add(atMs + chance.integer(20_000), { kind: 'schedule', job: 'plan' });
    }
    this.#some(2, () => ({ kind: 'schedule', job: 'discover' }));
    if (chance.onceIn(2)) this.#some(2, () => ({ kind: 'schedule', job: 'full' }));
    if (chance.onceIn(2)) this.#some(3, () => ({ kind: 'schedule', job: 'audit' }));
  }

  /** Moments at which much happens at once: changes, then a cycle, and faults while their messages are dealt with. */
  #episodes(): void {
    const count = this.#chance.between(1, 6);
    for (let made = 0; made < count; made += 1) {
      const tick = this.#chance.pick(this.#ticks);
      const around = (most: number, leastMs: number, mostMs: number, compose: () => Happening): void => {
        const times = this.#chance.between(0, most);
        for (let time = 0; time < times; time += 1) this.#add(tick + this.#chance.between(leastMs, mostMs), compose());
      };
      around(6, -30_000, 0, () => ({ kind: 'change', change: this.#change(), times: 1 }));
      around(3, -2_000, 3_000, () => ({
        kind: 'change-while-paging',
        change: this.#change(),
        passing: this.#chance.integer(3),
      }));
      around(2, -1_000, 4_000, () => this.#force());
      if (this.#families.has('ports')) around(4, 0, 4_000, () => this.#port());
      if (this.#families.has('messages')) around(2, 0, 2_000, () => this.#message());
      if (this.#families.has('source') && this.#chance.onceIn(3)) around(1, 0, 2_000, () => this.#source());
      if (this.#families.has('hidden') && this.#chance.onceIn(5)) this.#hideDuringFull(tick);
    }
  }

  /** A right that is taken away for a moment while a shelf is read as a whole. */
  #hideDuringFull(tick: number): void {
    const shelf = this.#shelf();
    const forMs = this.#chance.between(1, 60) * 1_000;
    this.#add(tick, { kind: 'force', shelf, mode: 'full' });
    this.#add(tick + this.#chance.between(500, 4_000), {
      kind: 'hidden',
      shelf: this.#chance.onceIn(2) ? undefined : shelf,
      forMs,
    });
  }

  /** What people do at the source, and with the system. */
  #life(): void {
    this.#some(40, () => ({ kind: 'change', change: this.#change(), times: 1 }));
    this.#some(2, () => ({ kind: 'change', change: this.#change(), times: this.#chance.between(3, 12) }));
    this.#some(16, () => ({
      kind: 'change-while-paging',
      change: this.#change(),
      passing: this.#chance.integer(4),
    }));
    this.#some(5, () => this.#force());
    this.#some(2, () => ({ kind: 'force-stream', mode: this.#chance.onceIn(2) ? 'incremental' : 'full' }));
    if (this.#chance.onceIn(6)) this.#some(1, () => ({ kind: 'paused', forMs: this.#minutes(5, 60) }));
    this.#some(1, () => ({ kind: 'redrive' }));
  }

  /** After changes: at once or late, once or doubled, for some of them and for others that nobody touched. */
  #hints(): void {
    const chance = this.#branches.hints;
    const changes = this.#changes();
    const count = chance.between(1, 40);
    for (let delivery = 0; delivery < count; delivery += 1) {
      const lateMs = chance.integer(chance.pick([300, 3_000, 3_000, 60_000, 900_000]));
      const atMs = (changes.length > 0 ? chance.pick(changes) : 0) + lateMs;
      const picks = Array.from({ length: chance.pick([1, 1, 2, 5]) }, () => chance.fraction());
      if (atMs >= this.#quietAtMs) continue;
      const hint = { kind: 'hint', picks, lately: !chance.onceIn(4), delivery } as const;
      this.#add(atMs, hint);
      if (chance.onceIn(6)) this.#add(atMs + chance.integer(30_000), hint);
    }
  }

  /** Around changes: of what was changed, of what nobody has read yet, and of any other. */
  #exclusions(): void {
    const chance = this.#branches.exclusions;
    const changes = this.#changes();
    const count = chance.between(1, 8);
    for (let made = 0; made < count; made += 1) {
      const near =
        changes.length > 0 ? chance.pick(changes) + chance.integer(chance.pick([3_000, 60_000, 900_000])) : 0;
      const atMs = chance.onceIn(4) ? chance.integer(this.#quietAtMs) : near;
      if (atMs >= this.#quietAtMs) continue;
      this.#add(atMs, { kind: 'exclude', pick: chance.fraction(), named: chance.onceIn(3) });
      const laterMs = atMs + chance.integer(chance.pick([300, 30_000, 1_800_000]));
      if (chance.onceIn(2) && laterMs < this.#quietAtMs)
        this.#add(laterMs, { kind: 'include', pick: chance.fraction() });
    }
  }

  /** When something changes at the source. */
  #changes(): readonly number[] {
    return this.#steps.filter(({ happening }) => happening.kind.startsWith('change')).map(({ atMs }) => atMs);
  }

  #force(): Happening {
    return { kind: 'force', shelf: this.#shelf(), mode: this.#chance.onceIn(3) ? 'incremental' : 'full' };
  }

  #change(): Change {
    const chance = this.#chance;
    const kind = chance.integer(10);
    if (kind < 5) return { change: 'edit', pick: chance.fraction() };
    if (kind < 7) return { change: 'insert', shelf: this.#shelf() };
    if (kind < 9) return { change: 'move', pick: chance.fraction(), shelf: this.#shelf() };
    return { change: 'delete', pick: chance.fraction() };
  }

  #port(): Happening {
    const chance = this.#chance;
    const fault = chance.pick(FAULT_KINDS);
    const lateMs = chance.pick([3_000, 30_000, 100_000, 200_000, 700_000, 2_400_000]);
    const worker = chance.pick(['any', 'planner', 'sync', 'sync'] as const);
    return {
      kind: 'port',
      fault: { fault, where: chance.pick(PORTS), worker, passing: chance.integer(chance.pick([1, 4, 12])), lateMs },
    };
  }

  #message(): Happening {
    const chance = this.#chance;
    const lateMs = chance.pick([1_000, 60_000, 600_000, 3_600_000]);
    const faults: readonly MessageFault[] = [
      { kind: 'doubled', lateMs },
      { kind: 'lost-once' },
      { kind: 'late', lateMs },
      { kind: 'undeleted' },
    ];
    return { kind: 'message', fault: chance.pick(faults) };
  }

  #source(): Happening {
    const chance = this.#chance;
    const kind = chance.integer(10);
    if (kind === 0) return { kind: 'source-down', forMs: this.#minutes(1, 70) };
    if (kind === 1) return { kind: 'lag', lagMs: chance.pick([0, 10_000, 90_000, 150_000]) };
    if (kind === 2) return { kind: 'cursors-expire' };
    return { kind: 'answers', wrong: chance.pick(WRONG), times: chance.between(1, 4) };
  }

  #cache(): Happening {
    const chance = this.#chance;
    const kind = chance.integer(8);
    if (kind === 0) return { kind: 'cache-flush' };
    if (kind === 1) return { kind: 'cache-restore' };
    if (kind <= 3) return { kind: 'cache-backup' };
    return { kind: kind <= 5 ? 'cache-evicts-key' : 'cache-evicts-field', pick: chance.fraction() };
  }

  #hidden(): Happening {
    return {
      kind: 'hidden',
      shelf: this.#chance.onceIn(2) ? undefined : this.#shelf(),
      forMs: this.#minutes(2, 40),
    };
  }

  /** Back by less than the overlap leaves room for, or forward. */
  #clock(): Happening {
    return { kind: 'source-clock', byMs: this.#chance.pick([-100_000, -60_000, -5_000, 20_000, 100_000, 600_000]) };
  }

  #flaw(): Happening {
    const chance = this.#chance;
    if (chance.onceIn(2)) return { kind: 'mend', touched: chance.onceIn(2) };
    return { kind: 'flaw', pick: chance.fraction(), flaw: chance.pick(FLAWS) };
  }

  #shelf(): string {
    return this.#chance.onceIn(25) ? 'f' : this.#chance.pick(SHELVES);
  }

  #minutes(least: number, most: number): number {
    return this.#chance.between(least, most) * MINUTE_MS;
  }

  /** Up to `most` of a kind, mostly close to a cycle, where something is under way. */
  #some(most: number, compose: () => Happening): void {
    const count = this.#chance.between(0, most);
    for (let made = 0; made < count; made += 1) {
      const tick = this.#chance.pick(this.#ticks);
      const atMs = this.#chance.onceIn(3)
        ? this.#chance.integer(this.#quietAtMs)
        : tick + this.#chance.integer(this.#chance.pick([300, 3_000, 30_000]));
      this.#add(atMs, compose());
    }
  }

  #add(atMs: number, happening: Happening): void {
    this.#steps.push({ atMs: Math.max(0, atMs), happening });
  }
}
