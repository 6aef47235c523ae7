/** A test as a document names it. */
export interface NamedTest {
  /** From the project's root. */
  readonly file: string;
  /** As it is written: of a table of cases, the template. */
  readonly title: string;
}

/** A row of a table that says what is so, and which tests show it. */
export interface ShownRow {
  readonly numbers: readonly string[];
  readonly statement: string;
  readonly tests: readonly NamedTest[];
}

const NUMBERS = /^(?:\d+|R\d+)(?:, R\d+)*$/;
const NAMED_TEST = /`(test\/[^`]*?\.ts) › ([^`]+)`/g;

/** The rows of every table whose first cell holds numbers; the last two cells are the statement and the tests. */
export function rowsOf(markdown: string): readonly ShownRow[] {
  return markdown.split('\n').flatMap((line) => {
    const cells = line.split('|').slice(1, -1);
    const [first = ''] = cells;
    if (!NUMBERS.test(first.trim())) return [];
    const tests = [...(cells.at(-1) ?? '').matchAll(NAMED_TEST)].map(([, file = '', title = '']) => ({ file, title }));
    return [{ numbers: first.trim().split(', '), statement: (cells.at(-2) ?? '').trim(), tests }];
  });
}

/** `it('…', …)`, or `(…)('…', …)` behind a table of cases. */
const TITLE = /(?:\bit|\))\(\s*(['"`])((?:\\.|(?!\1).)+)\1,\s*(?:\{|async\b|\()/gs;

const COMMENT = /^\s*\/\/.*$/gm;

/** The titles of the tests of a file. */
export function titlesOf(text: string): ReadonlySet<string> {
  const titles = [...withoutGroups(text.replaceAll(COMMENT, '')).matchAll(TITLE)].map(([, , title = '']) => title);
  return new Set(titles.map((title) => title.replaceAll(/\\(['"`])/g, '$1')));
}

/** Without the tables of groups, up to where their titles end: those are no tests. */
function withoutGroups(text: string): string {
  const [first = '', ...groups] = text.split('describe.each(');
  return first + groups.map((group) => group.slice(endOfCall(group)).replace(GROUP_TITLE, '')).join('');
}

const GROUP_TITLE = /^\(\s*(['"`])((?:\\.|(?!\1).)+)\1/s;

/** Where the call ends whose opening parenthesis is just before the text. */
function endOfCall(text: string): number {
  let depth = 1;
  for (const { 0: parenthesis, index } of text.matchAll(/[()]/g)) {
    depth += parenthesis === '(' ? 1 : -1;
    if (depth === 0) return index + 1;
  }
  return text.length;
}
