import { describe, expect, it } from 'vitest';
import { csvLine } from '../../../lib/domain/csv-text.ts';

describe('a line of CSV', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', '"\'\rx"'],
    ['＝1+1', "'＝1+1"],
    ['Phone;=1+1', "Phone;'=1+1"],
    ['Phone|@x', "Phone|'@x"],
    ['Phone\n-1', '"Phone\n\'-1"'],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
  ])('is no formula to a spreadsheet: %j', (cell, written) => {
    expect(csvLine(['1', cell])).toBe(`1,${written}\r\n`);
  });

  it.each([
    ['Mobile No.', 'Mobile No.'],
    ['a=b', 'a=b'],
    ['a, b', '"a, b"'],
    ['a "b"', '"a ""b"""'],
    ['a\nb', '"a\nb"'],
    ['', ''],
  ])('holds its cells as they are: %j', (cell, written) => {
    expect(csvLine([cell, '2'])).toBe(`${written},2\r\n`);
  });
});
