import { cell, instant } from './render.ts';

const INSTANT = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;

/** Any JSON object as indented lines, every value of it, for answers whose shape is the API's own affair. */
export function detailLines(value: Readonly<Record<string, unknown>>): string {
  return linesOf(value).join('\n');
}

function linesOf(value: Readonly<Record<string, unknown>>): readonly string[] {
  const entries = Object.entries(value).map(([key, item]) => ({ name: words(key), item }));
  const flat = entries.filter(({ item }) => !isNested(item));
  const width = Math.max(0, ...flat.map(({ name }) => name.length));
  return entries.flatMap(({ name, item }) =>
    isNested(item)
      ? [name, ...nestedLines(item).map((line) => `  ${line}`)]
      : [`${name.padEnd(width)}  ${plain(item)}`],
  );
}

type Nested = readonly unknown[] | Readonly<Record<string, unknown>>;

function nestedLines(value: Nested): readonly string[] {
  if (!isList(value)) return linesOf(value);
  return value.flatMap((item) => {
    const [first = '', ...rest] = isNested(item) ? nestedLines(item) : [plain(item)];
    return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
  });
}

/** A list of texts and numbers still fits a line; whatever has parts of its own does not. */
function isNested(value: unknown): value is Nested {
  if (typeof value !== 'object' || value === null) return false;
  return isList(value) ? value.some(isNested) : Object.keys(value).length > 0;
}

function isList(value: object): value is readonly unknown[] {
  return Array.isArray(value);
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(', ') || 'none';
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object') return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return cell(INSTANT.test(text) ? instant(text) : text).text;
}

/** `retryAt` as `retry at`. */
function words(key: string): string {
  return cell(key.replace(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase()).text;
}
