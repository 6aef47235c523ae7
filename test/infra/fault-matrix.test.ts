import { describe, expect, it } from 'vitest';
import { readDocument } from './support/documents.ts';
import { isThere } from './support/named-tests.ts';
import { rowsOf, titlesOf } from './support/shown-rows.ts';

const rows = rowsOf(readDocument('docs/faults.md'));
const named = rows.flatMap(({ tests }) => tests);

const FAULTS = Array.from({ length: 44 }, (_, index) => String(index + 1));
const REPORTS = Array.from({ length: 29 }, (_, index) => `R${index + 1}`);

describe('the matrix of faults', () => {
  it('has every fault and every report, each once', () => {
    expect(rows.flatMap(({ numbers }) => numbers)).toEqual([...FAULTS, ...REPORTS]);
  });

  it('says of each what is done, and names a test', () => {
    expect(rows.filter(({ statement, tests }) => statement === '' || tests.length === 0)).toEqual([]);
  });

  it('names tests that are there', () => {
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((test) => !isThere(test))).toEqual([]);
  });
});

describe('reading the matrix', () => {
  it('finds numbers, answers and tests of a row', () => {
    const table = '| R1, R2 | a report | a fault | an answer | `test/a.test.ts › is › so`<br>`test/b.ts › does` |';
    expect(rowsOf(`| | fault |\n|---|---|\n${table}\n`)).toEqual([
      {
        numbers: ['R1', 'R2'],
        statement: 'an answer',
        tests: [
          { file: 'test/a.test.ts', title: 'is › so' },
          { file: 'test/b.ts', title: 'does' },
        ],
      },
    ]);
  });

  it('takes for titles what tests are called, and nothing else', () => {
    const text = [
      "describe('a group', () => {",
      "  it('is plain', () => {});",
      '  it("has another\'s quotes", async () => {});',
      "  it('has a \\'quote\\'', () => {});",
      "  it.each([[(1), 'a case']])('is a table of %s', (value) => {});",
      '  it.each(CASES)(\n    `spans $LINES`,\n    { timeout: 1 },\n    () => {},\n  );',
      "  it.skip('is skipped', () => {});",
      "describe.each([[(1), 'a case']])('a group of %s', (value) => {",
      "  it('is in a group', () => {});",
      "  // it('is a comment', () => {});",
      "  other('is called', () => {});",
    ].join('\n');
    expect([...titlesOf(text)]).toEqual([
      'is plain',
      "has another's quotes",
      "has a 'quote'",
      'is a table of %s',
      'spans $LINES',
      'is in a group',
    ]);
  });
});
