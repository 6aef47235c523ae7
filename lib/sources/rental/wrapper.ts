import { sliceJsonMembers } from '../kit/json-members.ts';
import { sliceJsonElements } from '../kit/json-slices.ts';
import { plainName } from './fields.ts';

/** What the body of an answer is, whatever it is wrapped in. */
export type Wrapper =
  /** The exact text of every row; none when the API itself says that there are none. */
  | { readonly kind: 'rows'; readonly elements: readonly string[] }
  /** It says that it failed. */
  | { readonly kind: 'refused'; readonly said?: string }
  /** An answer without a place for rows: no sign that there are none. */
  | { readonly kind: 'no-rows'; readonly said?: string }
  | { readonly kind: 'no-json' };

const CONTAINERS = ['dataset', 'data', 'result'];
const VERDICTS = ['status', 'success', 'issuccess', 'succeeded'];
const WORDS = ['errordescription', 'message', 'error', 'title'];
const DEEPEST = 3;

/**
 * Takes an answer apart: a bare array, or an array under `dataSet`, `data` or `result`, also one inside the other, in
 * any case. A `status` that says no outweighs whatever stands beside it.
 */
export function readWrapper(text: string): Wrapper {
  const bare = sliceJsonElements(text);
  if (bare !== undefined) return { kind: 'rows', elements: bare };
  const members = membersOf(text);
  if (members === undefined) return { kind: 'no-json' };
  const said = saidBy(members);
  const words = said === undefined ? {} : { said };
  if (VERDICTS.some((name) => saysNo(members.get(name)))) return { kind: 'refused', ...words };
  const elements = rowsIn(members, 1);
  if (elements === 'malformed') return { kind: 'no-json' };
  return elements === undefined ? { kind: 'no-rows', ...words } : { kind: 'rows', elements };
}

type Members = ReadonlyMap<string, string>;

/** Members by plain name; `undefined` when the text is no object, or one of its plain values is no JSON. */
function membersOf(text: string): Members | undefined {
  const members = sliceJsonMembers(text);
  if (members === undefined) return undefined;
  const plain = new Map<string, string>();
  for (const [name, value] of members) {
    const isContainer = value.startsWith('[') || value.startsWith('{');
    if (!isContainer && parsed(value) === undefined) return undefined;
    plain.set(plainName(name), value);
  }
  return plain;
}

/** The first place that holds rows; empty when there is a place and none holds any. */
function rowsIn(members: Members, depth: number): readonly string[] | 'malformed' | undefined {
  let found: readonly string[] | undefined;
  for (const name of CONTAINERS) {
    const rows = rowsOf(members.get(name), depth);
    if (rows === 'malformed') return rows;
    if (rows !== undefined && (found === undefined || found.length === 0)) found = rows;
  }
  return found;
}

function rowsOf(value: string | undefined, depth: number): readonly string[] | 'malformed' | undefined {
  if (value?.startsWith('[')) return sliceJsonElements(value) ?? 'malformed';
  if (!value?.startsWith('{') || depth === DEEPEST) return undefined;
  const inner = membersOf(value);
  return inner === undefined ? 'malformed' : rowsIn(inner, depth + 1);
}

/** `false`, 0, or a word for it; a number that is an HTTP status of an error. */
function saysNo(value: string | undefined): boolean {
  const verdict = value === undefined ? undefined : parsed(value);
  if (typeof verdict === 'number') return verdict === 0 || verdict >= 400;
  if (typeof verdict === 'string') return /^(?:false|0|no|fail(?:ed|ure)?|error|[45]\d\d)$/i.test(verdict.trim());
  return verdict === false;
}

function saidBy(members: Members): string | undefined {
  for (const name of WORDS) {
    const words = parsed(members.get(name) ?? 'null');
    if (typeof words === 'string' && words.trim() !== '') return words.trim();
  }
  return undefined;
}

/** A plain JSON value, `null` included; `undefined` when the text is none. */
function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
