import { describe, expect, it } from 'vitest';
import { readDocument } from './support/documents.ts';
import { isThere } from './support/named-tests.ts';
import { rowsOf } from './support/shown-rows.ts';

const rows = rowsOf(readDocument('docs/what-it-does.md'));
const named = rows.flatMap(({ tests }) => tests);

const NUMBERS = Array.from({ length: 30 }, (_, index) => String(index + 1));

describe('the page of what Tidemark does', () => {
  it('has every row, each once', () => {
    expect(rows.flatMap(({ numbers }) => numbers)).toEqual(NUMBERS);
  });

  it('says in each what somebody gets, and names a test', () => {
    expect(rows.filter(({ statement, tests }) => statement === '' || tests.length === 0)).toEqual([]);
  });

  it('names tests that are there', () => {
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((test) => !isThere(test))).toEqual([]);
  });

  it('names no test twice in one row', () => {
    const twice = rows.filter(({ tests }) => new Set(tests.map((test) => JSON.stringify(test))).size < tests.length);
    expect(twice.map(({ numbers }) => numbers)).toEqual([]);
  });
});
