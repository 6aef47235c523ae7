export type Comparator = '==' | '!=' | '>' | '>=' | '<' | '<=';

export type CriteriaToken =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'comparator'; readonly text: Comparator }
  | { readonly kind: 'sign'; readonly text: '&&' | '||' | '(' | ')' | '.' };

/** The criteria are not in the vendor's grammar, or name what the report does not have. */
export class CriteriaError extends Error {}

const SPACE = /\s+/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /-?\d+(\.\d+)?(?![A-Za-z0-9_-])/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/sy;
/** A single `=` is no comparator, and the longer ones come first. */
const COMPARATOR = /==|!=|>=|<=|>|</y;
const SIGN = /&&|\|\||[().]/y;

/** @throws CriteriaError at the first character that begins no token */
export function tokenizeCriteria(text: string): CriteriaToken[] {
  const tokens: CriteriaToken[] = [];
  let at = 0;
  while (at < text.length) {
    const { length, token } = readToken(text, at);
    if (length === 0) throw new CriteriaError(`unexpected character at ${at}`);
    if (token) tokens.push(token);
    at += length;
  }
  return tokens;
}

function readToken(text: string, at: number): { readonly length: number; readonly token?: CriteriaToken } {
  const space = matchAt(SPACE, text, at);
  if (space) return { length: space[0].length };
  const quoted = matchAt(QUOTED, text, at);
  if (quoted) {
    const inner = (quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/gs, '$1');
    return { length: quoted[0].length, token: { kind: 'text', text: inner } };
  }
  const number = matchAt(NUMBER, text, at);
  if (number) return { length: number[0].length, token: { kind: 'number', text: number[0] } };
  const word = matchAt(WORD, text, at);
  if (word) return { length: word[0].length, token: { kind: 'word', text: word[0] } };
  const comparator = matchAt(COMPARATOR, text, at)?.[0];
  if (isComparator(comparator)) return { length: comparator.length, token: { kind: 'comparator', text: comparator } };
  const sign = matchAt(SIGN, text, at)?.[0];
  if (isSign(sign)) return { length: sign.length, token: { kind: 'sign', text: sign } };
  return { length: 0 };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function isComparator(text: string | undefined): text is Comparator {
  return text !== undefined && ['==', '!=', '>', '>=', '<', '<='].includes(text);
}

function isSign(text: string | undefined): text is '&&' | '||' | '(' | ')' | '.' {
  return text !== undefined && ['&&', '||', '(', ')', '.'].includes(text);
}
