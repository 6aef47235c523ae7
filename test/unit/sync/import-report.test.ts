import { describe, expect, it } from 'vitest';
import { ImportReport } from '../../../lib/sync/import-report.ts';

const problem = (row: number, column = 'Phone') => ({ row, column, expected: 'a phone number' });

describe('the list of what is wrong with a file', () => {
  it('makes no formula of a title', () => {
    const report = new ImportReport();
    report.add([problem(2, '=cmd|calc')]);
    expect(report.text()).toBe("\ufeffrow,column,expected\r\n2,'=cmd|calc,a phone number\r\n");
  });

  it('ends after fifty thousand problems, and says how many it leaves out', () => {
    const report = new ImportReport();
    expect(report.isEmpty).toBe(true);
    for (let row = 1; row <= 50_003; row += 1) report.add([problem(row)]);
    expect(report.isEmpty).toBe(false);
    const lines = report.text().trimEnd().split('\r\n');
    expect(lines.length).toBe(50_002);
    expect(lines.at(-1)).toBe(',,3 more problems are not listed');
  });
});
