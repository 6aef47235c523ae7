import { describe, expect, it } from 'vitest';
import { toIso } from '../../../../lib/domain/instant.ts';
import type { SourceRecord } from '../../../../lib/domain/record.ts';
import { RowsSeen } from '../../../../lib/sources/manual/rows-seen.ts';
import { ASHA, bodyOf, type FileOptions, problemsOf, rowsOf, TITLES } from './manual-files.ts';

async function recordOf(row: string, options: FileOptions & { readonly titles?: string } = {}): Promise<SourceRecord> {
  const [read] = await rowsOf(`${options.titles ?? TITLES}\n${row}`, options);
  if (read?.outcome !== 'record') throw new Error(`rejected: ${problemsOf(read).join('; ')}`);
  return read.record;
}

describe('what a row is known by', () => {
  it.each([
    '+91 98470-12345,Asha,Edappally,2026-11-05',
    '09847012345,asha,EDAPPALLY,5 Nov 2026',
    '9847012345.0, ASHA ,edappally,2026-11-05T09:30',
  ])('is the same however it is written: %s', async (row) => {
    expect((await recordOf(row)).id).toBe((await recordOf(ASHA)).id);
  });

  it.each([
    ['phone', '98470 12346,Asha,Edappally,2026-11-05'],
    ['name', '98470 12345,Usha,Edappally,2026-11-05'],
    ['store', '98470 12345,Asha,Kottayam,2026-11-05'],
    ['date', '98470 12345,Asha,Edappally,2026-11-06'],
  ])('differs with the %s', async (_, row) => {
    expect((await recordOf(row)).id).not.toBe((await recordOf(ASHA)).id);
  });

  it('differs with the lead type, which is that of the stream where the row has none', async () => {
    const titles = `${TITLES},Lead Type`;
    const own = await recordOf(`${ASHA},`, { titles });
    expect(own.id).toBe((await recordOf(ASHA)).id);
    expect((await recordOf(`${ASHA},Walk In`, { titles })).id).toBe(own.id);
    expect((await recordOf(`${ASHA},booking`, { titles })).id).not.toBe(own.id);
    const settings = { streams: { 'walk-ins': { leadType: 'visitor' } } };
    expect(JSON.parse((await recordOf(ASHA, { settings })).body)).toMatchObject({ leadType: 'visitor' });
  });

  it('does not change with the rest of the row', async () => {
    const titles = `${TITLES},Remarks`;
    const [a, b] = [await recordOf(`${ASHA},x`, { titles }), await recordOf(`${ASHA},y`, { titles })];
    expect(a.id).toBe(b.id);
    expect(a.modified).toBe(b.modified);
    expect(a.body).not.toBe(b.body);
  });
});

describe('the record of a row', () => {
  it('is of the beginning of its day in the zone of the connection', async () => {
    expect(toIso((await recordOf(ASHA)).modified)).toBe('2026-11-04T18:30:00.000Z');
  });

  it.each([
    ['Edappally', 'edappally'],
    ['  Dubai   Mall ', 'dubai-mall'],
    ['Kraków', 'krakow'],
    ['M.G. Road', '7'],
  ])('is in the partition of its store: %s', async (store, partition) => {
    const row = ASHA.replace('Edappally', store);
    expect((await recordOf(row, { settings: { stores: { 'mg road': '7' } } })).partition).toBe(partition);
  });

  it('leaves out what is empty', async () => {
    const [row] = await rowsOf(`${TITLES},Remarks\n${ASHA}, `);
    expect(Object.keys(Object(bodyOf(row)))).not.toContain('remarks');
  });
});

describe('a row that cannot be a record', () => {
  it.each([
    ['12,Asha,Edappally,2026-11-05', 'Phone: a phone number of 5 to 15 digits'],
    ['9847012345, ,Edappally,2026-11-05', 'Name: a name'],
    ['9847012345,Asha,കൊച്ചി,2026-11-05', 'Store: a store whose name has letters a to z or digits, or is in stores'],
    ['9847012345,Asha,Edappally,', 'Date: a date'],
    ['9847012345,Asha,Edappally,05/11/2026', 'Date: a date that says which is the day'],
    ['9847012345,Asha,Edappally,2026-02-30', 'Date: a day that exists'],
    ['9847012345,Asha,Edappally,soon', 'Date: a date such as 2026-11-05'],
    ['9847012345,Asha,Edappally,1899-12-30', 'Date: a day from 1971 on'],
    ['9847012345,Asha,Edappally,2026-11-05,stray', ': no more than 4 columns'],
    [`9847012345,${'x'.repeat(4_001)},Edappally,2026-11-05`, 'Name: at most 4000 characters'],
  ])('says what is expected, and nothing of what it holds: %s', async (row, expected) => {
    const problems = problemsOf((await rowsOf(`${TITLES}\n${row}`))[0]);
    expect(problems).toEqual([expect.stringContaining(expected)]);
  });

  it('says everything that is wrong at once', async () => {
    expect(problemsOf((await rowsOf(`${TITLES}\n,,,`.replace(',,,', 'x,,?,?')))[0]).length).toBe(4);
  });

  it('follows the order of dates that the settings state', async () => {
    const dated = (dateOrder: string) =>
      rowsOf(`${TITLES}\n9847012345,Asha,Edappally,05/11/26`, { settings: { dateOrder } });
    expect(bodyOf((await dated('day-first'))[0])).toMatchObject({ date: '2026-11-05' });
    expect(bodyOf((await dated('month-first'))[0])).toMatchObject({ date: '2026-05-11' });
  });
});

describe('two rows of a file that are known by the same', () => {
  it('are one when they hold the same, and otherwise the later one names the earlier', async () => {
    const rows = await rowsOf(`${TITLES},Remarks\n${ASHA},x\n${ASHA.replace('Asha', 'ASHA')},y\n${ASHA},x\n`);
    expect(rows.map(({ outcome }) => outcome)).toEqual(['record', 'rejected', 'repeated']);
    expect(problemsOf(rows[1])).toEqual([expect.stringContaining('row 2 has them too')]);
  });

  it('are found among many, at 16 bytes a slot', () => {
    const seen = new RowsSeen();
    const id = (row: number) =>
      `${((row * 2_654_435_761) >>> 0).toString(16).padStart(8, '0')}${row.toString(16).padStart(8, '0')}`;
    for (let row = 1; row <= 50_000; row += 1) expect(seen.add(id(row), row, row)).toBeUndefined();
    for (let row = 1; row <= 50_000; row += 997) {
      expect(seen.add(id(row), row, 60_000)).toEqual({ row, sameContent: true });
      expect(seen.add(id(row), row + 1, 60_000)).toEqual({ row, sameContent: false });
    }
  });
});
