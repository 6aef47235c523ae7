import { isJsonObject, parseExactJson } from './exact-json.ts';
import { endOfString, endOfValue, isKey, skipSpace } from './json-scan.ts';

/** A JSON object with one of its arrays taken out, element by element. */
export interface SlicedJson {
  /** The object without the elements: their array is empty in it. */
  readonly envelope: Readonly<Record<string, unknown>>;
  /** The exact text of every element, valid JSON or not; absent when the object has no such array. */
  readonly elements: readonly string[] | undefined;
}

interface ArraySlices {
  readonly start: number;
  readonly end: number;
  readonly elements: readonly string[];
}

/**
 * Takes the array `key` of a JSON object apart without touching a byte of its elements. What stands around the
 * elements must be valid JSON; an element that is not is still handed out, so that it spoils none of the others.
 * @param within the key of the object that holds the array, where that is not the outermost one
 * @returns `undefined` when the text is no whole JSON object, for instance cut short
 */
export function sliceJsonArray(text: string, key: string, within?: string): SlicedJson | undefined {
  const holder = within === undefined ? 0 : (startOfValue(text, within) ?? text.length);
  const slices =
    text[skipSpace(text, holder)] === '{' || within === undefined ? findArray(text, holder, key) : undefined;
  if (slices === 'malformed') return undefined;
  const rest = slices === undefined ? text : `${text.slice(0, slices.start)}[]${text.slice(slices.end)}`;
  try {
    const envelope = parseExactJson(rest);
    return isJsonObject(envelope) ? { envelope, elements: slices?.elements } : undefined;
  } catch {
    return undefined;
  }
}

/** The exact text of the value under a key of a JSON object that is known to be valid and to have no key twice. */
export function sliceJsonValue(text: string, key: string): string | undefined {
  const start = startOfValue(text, key);
  return start === undefined ? undefined : text.slice(start, endOfValue(text, start));
}

/** The exact text of every element of a JSON array, valid JSON or not; `undefined` when the text is no whole array. */
export function sliceJsonElements(text: string): readonly string[] | undefined {
  const start = skipSpace(text, 0);
  const slices = text[start] === '[' ? sliceElements(text, start) : 'malformed';
  if (slices === 'malformed') return undefined;
  return skipSpace(text, slices.end) === text.length ? slices.elements : undefined;
}

/** Where the value under a top-level key begins; the first one when the key stands twice. */
function startOfValue(text: string, key: string): number | undefined {
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at);
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    if (isKey(text.slice(at, keyEnd), key)) return start;
    at = skipSpace(text, endOfValue(text, start));
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return undefined;
}

/** The array under a key of the object that begins at `holder`; the last one, as in `JSON.parse`, when the key stands twice. */
function findArray(text: string, holder: number, key: string): ArraySlices | undefined | 'malformed' {
  let found: ArraySlices | undefined;
  let at = skipSpace(text, holder);
  if (text[at] !== '{') return 'malformed';
  at = skipSpace(text, at + 1);
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const isWanted = isKey(text.slice(at, keyEnd), key);
    const slices = isWanted && text[valueStart] === '[' ? sliceElements(text, valueStart) : undefined;
    if (slices === 'malformed') return 'malformed';
    if (isWanted) found = slices;
    at = skipSpace(text, slices?.end ?? endOfValue(text, valueStart));
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return found;
}

function sliceElements(text: string, start: number): ArraySlices | 'malformed' {
  const elements: string[] = [];
  let at = skipSpace(text, start + 1);
  if (text[at] === ']') return { start, end: at + 1, elements };
  for (;;) {
    const end = endOfValue(text, at);
    if (end === at) return 'malformed';
    elements.push(text.slice(at, end));
    at = skipSpace(text, end);
    if (text[at] === ']') return { start, end: at + 1, elements };
    if (text[at] !== ',') return 'malformed';
    at = skipSpace(text, at + 1);
  }
}
