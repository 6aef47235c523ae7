import type { Connection } from '../../../../lib/ports/connections.ts';
import type { ImportedRow } from '../../../../lib/ports/imports.ts';
import { manualImports } from '../../../../lib/sources/manual/manual-imports.ts';

export const TITLES = 'Phone,Name,Store,Date';
export const ASHA = '98470 12345,Asha,Edappally,2026-11-05';

export function connectionOf(settings: Readonly<Record<string, unknown>> = {}): Connection {
  return {
    id: 'desk',
    source: 'manual',
    enabled: true,
    policy: {},
    settings: { timeZone: 'Asia/Kolkata', countryCode: '91', nationalDigits: 10, ...settings },
    secrets: {},
  };
}

/** The bytes in pieces of so many. */
export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export interface FileOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly stream?: string;
  readonly pieces?: number;
}

/** Every row of a file. */
export async function rowsOf(file: string | Uint8Array, options: FileOptions = {}): Promise<readonly ImportedRow[]> {
  const { settings, stream = 'walk-ins', pieces = 65_536 } = options;
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  const rows = manualImports.read(connectionOf(settings), stream, inPieces(bytes, pieces));
  return allOf(rows);
}

export async function allOf<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The body of the record of a row, which must be one. */
export function bodyOf(row: ImportedRow | undefined): unknown {
  if (row?.outcome !== 'record') throw new Error(`expected a record, not ${JSON.stringify(row)}`);
  return JSON.parse(row.record.body);
}

/** What is wrong with a row, as `column: expected`. */
export function problemsOf(row: ImportedRow | undefined): readonly string[] {
  if (row?.outcome !== 'rejected') throw new Error(`expected problems, not ${JSON.stringify(row)}`);
  return row.problems.map(({ column, expected }) => `${column}: ${expected}`);
}
