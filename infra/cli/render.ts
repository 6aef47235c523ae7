import { stripVTControlCharacters, styleText } from 'node:util';
import type { ProgressAnswer } from './answers.ts';
import type { CliIo } from './io.ts';

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'strong' | 'dim';

export interface Cell {
  readonly text: string;
  readonly tone: Tone;
}

const STYLES = { good: 'green', warn: 'yellow', bad: 'red', strong: 'bold', dim: 'gray' } as const;

/** Overrides of the direction of writing: what follows one is shown the other way round, the rest of the line included. */
const OVERRIDES = /[\u202a-\u202e\u2066-\u2069]/g;

/** Text from elsewhere, such as a title, must not steer the terminal. */
export function cell(text: string | number, tone: Tone = 'plain'): Cell {
  return {
    text: stripVTControlCharacters(String(text))
      .replace(/\p{Cc}/gu, ' ')
      .replace(OVERRIDES, ''),
    tone,
  };
}

export function paint({ text, tone }: Cell, io: Pick<CliIo, 'color'>): string {
  return tone === 'plain' || !io.color ? text : styleText(STYLES[tone], text, { validateStream: false });
}

/** Columns under their titles, two spaces apart. */
export function table(titles: readonly string[], rows: readonly (readonly Cell[])[], io: Pick<CliIo, 'color'>): string {
  const all = [titles.map((title) => cell(title, 'dim')), ...rows];
  const widths = titles.map((_, column) => Math.max(...all.map((row) => row[column]?.text.length ?? 0)));
  const line = (row: readonly Cell[]): string =>
    row
      .map((item, column) => {
        const padding = column === row.length - 1 ? 0 : (widths[column] ?? 0) - item.text.length;
        return paint(item, io) + ' '.repeat(padding);
      })
      .join('  ');
  return all.map(line).join('\n');
}

/** Facts under each other, names aligned. */
export function facts(pairs: readonly (readonly [string, Cell])[], io: Pick<CliIo, 'color'>): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${paint(value, io)}`).join('\n');
}

export function age(seconds: number | null): string {
  if (seconds === null) return 'never read';
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

export function instant(iso: string | null): string {
  return iso === null ? '–' : iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
}

/** `main/registrations/42`, as far as it is known. */
export function nameOf(names: {
  readonly connection: string | null;
  readonly stream?: string | null;
  readonly partition?: string | null;
}): string {
  const known = [names.connection, names.stream, names.partition].filter((name) => typeof name === 'string');
  return known.join('/') || '–';
}

/** How far a read of everything has come: `12300 of 314200 (3 %), about 3 h left`. */
export function progressOf(seen: number, progress: ProgressAnswer): string {
  if (progress === null) return `${seen} records`;
  const { processed, total, percent, remainingSeconds } = progress;
  const left = remainingSeconds === null ? '' : `, about ${age(remainingSeconds)} left`;
  return `${processed} of ${total} (${percent} %)${left}`;
}
