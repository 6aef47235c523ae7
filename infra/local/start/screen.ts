import { type Cell, cell, paint, type Tone } from '../../cli/render.ts';

/** Where a person watches. */
export interface Screen {
  readonly color: boolean;
  /** Results and progress. */
  say(line: string): void;
  /** What went wrong. */
  complain(line: string): void;
}

export function painted(screen: Screen, text: string, tone: Tone): string {
  const item: Cell = cell(text, tone);
  return paint(item, screen);
}

/** A step of the start: what is starting, and what came of it. */
export function sayStep(screen: Screen, name: string, result: string): void {
  screen.say(`  ${painted(screen, name.padEnd(11), 'dim')} ${result}`);
}

/** `09:41:07`, this machine's time. */
export function clockTime(date = new Date()): string {
  return date.toTimeString().slice(0, 8);
}
