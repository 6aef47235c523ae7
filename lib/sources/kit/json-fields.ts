import { endOfString, endOfValue, isKey, skipSpace } from './json-scan.ts';

interface Member {
  readonly start: number;
  readonly end: number;
  /** Where the next member starts, past the comma: its own end when it is the last. */
  readonly next: number;
  readonly isUnwanted: boolean;
}

/**
 * A JSON object without some of its own fields, and otherwise as it was, to the byte: nothing is parsed and written
 * anew. A field that stands twice goes twice; objects within keep theirs.
 * @param text a valid JSON object
 */
export function withoutFields(text: string, names: readonly string[]): string {
  const members = membersOf(text, names);
  const kept = members.filter(({ isUnwanted }) => !isUnwanted);
  const [first, last, lastKept] = [members[0], members.at(-1), kept.at(-1)];
  if (first === undefined || last === undefined || kept.length === members.length) return text;
  const parts = kept.map((member) => text.slice(member.start, member === lastKept ? member.end : member.next));
  return `${text.slice(0, first.start)}${parts.join('')}${text.slice(last.end)}`;
}

function membersOf(text: string, names: readonly string[]): readonly Member[] {
  const members: Member[] = [];
  let start = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[start] === '"') {
    const keyEnd = endOfString(text, start);
    const key = text.slice(start, keyEnd);
    const end = endOfValue(text, skipSpace(text, skipSpace(text, keyEnd) + 1));
    const comma = skipSpace(text, end);
    const next = text[comma] === ',' ? skipSpace(text, comma + 1) : end;
    members.push({ start, end, next, isUnwanted: names.some((name) => isKey(key, name)) });
    start = next;
  }
  return members;
}
