import type { CliIo } from './io.ts';
import { age } from './render.ts';

/** Where some work stands. */
export interface Standing {
  /** In words. */
  readonly note: string;
  /** How much of all is done, from 0 to 1; absent while nobody knows how much there is. */
  readonly share?: number;
  /** Seconds that the rest takes, where that is known better than by the pace so far. */
  readonly remainingSeconds?: number;
}

const CELLS = 24;
/** Where lines are written one below the other, one that says little new comes as seldom as this. */
const SELDOM_MS = 60_000;

type Place = Pick<CliIo, 'redraw' | 'err' | 'monotonicMs'>;

/** Tells how far work has come: on a terminal by a bar that moves, elsewhere by plain lines. */
export class Progress {
  readonly #io: Place;
  #began: { readonly share: number; readonly atMs: number } | undefined;
  #told: { readonly line: string; readonly tenth: number | undefined; readonly atMs: number } | undefined;

  constructor(io: Place) {
    this.#io = io;
  }

  show({ note, share, remainingSeconds }: Standing): void {
    const atMs = this.#io.monotonicMs();
    const line = share === undefined ? note : `${percent(share)}${this.#rest(share, atMs, remainingSeconds)}  ${note}`;
    if (this.#io.redraw !== undefined) this.#io.redraw(share === undefined ? note : `${bar(share)} ${line}`);
    else this.#tell(line, share === undefined ? undefined : Math.floor(share * 10), atMs);
  }

  /** Leaves the terminal as it was. */
  end(): void {
    this.#io.redraw?.('');
  }

  #rest(share: number, atMs: number, known: number | undefined): string {
    this.#began ??= { share, atMs };
    const done = share - this.#began.share;
    const byPace = done > 0 ? ((atMs - this.#began.atMs) / 1_000) * ((1 - share) / done) : undefined;
    const seconds = known ?? byPace;
    return seconds === undefined || share >= 1 ? '' : `, about ${age(Math.ceil(seconds))} left`;
  }

  #tell(line: string, tenth: number | undefined, atMs: number): void {
    const told = this.#told;
    if (told !== undefined) {
      const isNews = tenth === undefined ? line !== told.line : tenth !== told.tenth;
      if (!isNews && atMs - told.atMs < SELDOM_MS) return;
    }
    this.#told = { line, tenth, atMs };
    this.#io.err(line);
  }
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`.padStart(5);
}

function bar(share: number): string {
  const full = Math.floor(share * CELLS);
  return `[${'#'.repeat(full)}${'.'.repeat(CELLS - full)}]`;
}

/** Some terminals do not tell how wide they are. */
const USUAL_COLUMNS = 80;

/** What draws a line over the one before. One too long is cut: it would go on below, and stay. */
export function inPlaceOf(line: string, columns: number): string {
  return `\r\u001b[2K${line.slice(0, (columns > 0 ? columns : USUAL_COLUMNS) - 1)}`;
}
