import type { Instant } from '../../../lib/domain/instant.ts';
import { formatLocal, type LocalFormat } from './local-time.ts';
import type { ReportDefinition } from './report-schema.ts';
import type { FieldValue, FieldValues } from './simulated-data.ts';

/** What a row is made of. */
export interface RowContent {
  readonly id: string;
  readonly added: Instant;
  readonly modified: Instant;
  readonly values: FieldValues;
  readonly omit: readonly string[];
  readonly raw: Readonly<Record<string, string>>;
}

/** One version of a row, with the exact texts that every answer repeats. */
export interface StoredRow extends RowContent {
  /** Field → JSON text, in the report's order. */
  readonly texts: ReadonlyMap<string, string>;
  /** Place in a walk by hash. */
  readonly hash: number;
  /** By the true clock: from here on the index counts its lag. */
  readonly writtenAt: Instant;
  /** The version before, as long as the index may still show it. */
  readonly previous: StoredRow | undefined;
}

export interface RowWriting {
  readonly report: ReportDefinition;
  readonly local: LocalFormat;
  readonly writtenAt: Instant;
  readonly previous: StoredRow | undefined;
}

export function writeRow(content: RowContent, writing: RowWriting): StoredRow {
  const { report, local, writtenAt, previous } = writing;
  const system: FieldValues = {
    ID: content.id,
    Added_Time: formatLocal(content.added, local),
    Modified_Time: formatLocal(content.modified, local),
  };
  const texts = new Map<string, string>();
  for (const { name } of report.fields) {
    const value = system[name] ?? content.values[name];
    const text = content.raw[name] ?? (value === undefined ? undefined : jsonText(value));
    if (text !== undefined && !content.omit.includes(name)) texts.set(name, text);
  }
  return { ...content, texts, hash: hashOf(content.id), writtenAt, previous };
}

/** The row's JSON with the given fields, in the report's order, whatever order they are asked in. */
export function rowText(row: StoredRow, includes: (field: string) => boolean): string {
  const fields = [...row.texts].filter(([name]) => includes(name)).map(([name, text]) => `"${name}":${text}`);
  return `{${fields.join(',')}}`;
}

/** The vendor escapes `</` as JSON may: parsing and writing a record anew changes its bytes. */
function jsonText(value: FieldValue): string {
  return JSON.stringify(value).replaceAll('</', '<\\/');
}

/** FNV-1a: scatters neighbouring ids over the walk. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (const digit of id) hash = Math.imul(hash ^ digit.charCodeAt(0), 0x01000193) >>> 0;
  return hash;
}
