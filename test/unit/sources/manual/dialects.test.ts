import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvSplitter } from '../../../../lib/sources/manual/csv-splitter.ts';
import { readTable } from '../../../../lib/sources/manual/read-table.ts';
import { ASHA, allOf, bodyOf, inPieces, problemsOf, rowsOf, TITLES } from './manual-files.ts';

const TABLE = `${TITLES}\n${ASHA}\n`;

function swapped(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

describe('the dialects of CSV', () => {
  it.each([
    ['commas', TABLE],
    ['semicolons', TABLE.replaceAll(',', ';')],
    ['tabs', TABLE.replaceAll(',', '\t')],
    ['bars', TABLE.replaceAll(',', '|')],
    ['a first line that names the separator', `sep=;\r\n${TABLE.replaceAll(',', ';')}`],
    ['CRLF', TABLE.replaceAll('\n', '\r\n')],
    ['CR alone', TABLE.replaceAll('\n', '\r')],
    ['no line break at the end', TABLE.trim()],
    ['a byte order mark', `\ufeff${TABLE}`],
    ['UTF-16 LE with a mark', Buffer.from(`\ufeff${TABLE}`, 'utf16le')],
    ['UTF-16 LE without', Buffer.from(TABLE, 'utf16le')],
    ['UTF-16 BE with a mark', swapped(`\ufeff${TABLE}`)],
    ['UTF-16 BE without', swapped(TABLE)],
    ['quotes around everything', TABLE.replace(/[^,\n]+/g, '"$&"')],
    ['spaces after the separators', TABLE.replace(/[^,\n]+/g, '"$&"').replaceAll(',', ' , ')],
    ['empty rows in between', TABLE.replace('\n', '\n\n,,,\n')],
  ])('are read alike: %s', async (_, file) => {
    for (const pieces of [1, 3, 65_536]) {
      const rows = await rowsOf(file, { pieces });
      expect(rows.length).toBe(1);
      expect(bodyOf(rows[0])).toMatchObject({ phone: '919847012345', name: 'Asha', store: 'Edappally' });
    }
  });

  it('have line breaks, separators and quotes inside quotes', async () => {
    const [row] = await rowsOf(`${TITLES},Remarks\n${ASHA},"two\r\nlines, ""quoted"""\n`, { pieces: 1 });
    expect(bodyOf(row)).toMatchObject({ remarks: 'two\r\nlines, "quoted"' });
  });

  it('count rows as spreadsheets do, empty ones and several lines of one included', async () => {
    const rows = await rowsOf(`${TITLES}\n\n"98470 12345","As\nha",Edappally,2026-11-05\n,,,\nbad,B,C,2026-11-05\n`);
    expect(rows.map(({ row }) => row)).toEqual([3, 5]);
  });

  it('are told by the titles, not by what is inside their quotes', async () => {
    const [row] = await rowsOf(
      `"Phone";"Name, first, last, all";Name;Store;Date\n9847012345;x;Asha;Edappally;2026-11-05`,
    );
    expect(bodyOf(row)).toMatchObject({ name: 'Asha', nameFirstLastAll: 'x' });
  });

  it('give back any table as it was written, wherever the pieces of the file end', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'ż', '😀'), maxLength: 6 });
    const table = fc.array(fc.array(field, { minLength: 2, maxLength: 3 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), fc.boolean(), async (rows, size, wide) => {
        const lines = [['t', 'u'], ...rows].map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(','));
        const text = `\ufeff${lines.join('\r\n')}`;
        const bytes = wide ? Buffer.from(text, 'utf16le') : Buffer.from(text);
        const read = await allOf(readTable(inPieces(bytes, size)));
        expect(read.slice(1).map(({ fields }) => fields)).toEqual(rows);
      }),
    );
  });
});

describe('a file that is damaged', () => {
  it.each([
    ['text after a closing quote', '9847012345,"Asha"x,Edappally,2026-11-05'],
    ['a quote inside a field', '9847012345,As"ha,Edappally,2026-11-05'],
  ])('loses the row with %s and no other', async (_, bad) => {
    const rows = await rowsOf(`${TITLES}\n${ASHA}\n${bad}\n9847099999,"Bina",Edappally,2026-11-05\n`);
    expect(rows.map(({ outcome }) => outcome)).toEqual(['record', 'rejected', 'record']);
    expect(problemsOf(rows[1])).toEqual([': quotes around whole fields, those inside written twice']);
  });

  it('ends at a quote that is never closed, and says in which row', async () => {
    const file = `${TITLES}\n${ASHA}\n9847099999,"Bina,Edappally,2026-11-05\n${ASHA}\n`;
    await expect(rowsOf(file)).rejects.toMatchObject({ code: 'row-never-ends', problem: { row: 3 } });
  });

  it('is given up before a quote left open has taken the rest into memory', () => {
    const splitter = new CsvSplitter(',');
    splitter.push('"').toArray();
    const feed = () => Array.from({ length: 100 }, () => splitter.push('x'.repeat(10_000)).toArray());
    expect(feed).toThrow(expect.objectContaining({ code: 'row-never-ends' }));
  });

  it('rejects a row whose text is in another encoding', async () => {
    const latin = Buffer.from(`${TITLES}\n9847012345,Ren\u00e9,Edappally,2026-11-05\n`, 'latin1');
    expect(problemsOf((await rowsOf(latin))[0])).toEqual(['Name: text: the file is neither UTF-8 nor UTF-16']);
  });

  it('with nothing in it lacks every column', async () => {
    await expect(rowsOf('')).rejects.toMatchObject({ code: 'bad-titles' });
  });
});
