import { describe, expect, it } from 'vitest';
import { bodyOf, rowsOf } from './manual-files.ts';

const ROW = '9847012345,Asha,Edappally,2026-11-05';

describe('the titles of columns', () => {
  it.each([
    'phone,name,store,date',
    'PHONE, Name ,STORE NAME,Date',
    'Mobile No.,Customer_Name,Branch,Visit Date',
    'contact-number,Customer,Location,Date of visit',
  ])('are known whatever their case, spaces and signs: %s', async (titles) => {
    const [row] = await rowsOf(`${titles}\n${ROW}`);
    expect(bodyOf(row)).toEqual({
      phone: '919847012345',
      name: 'Asha',
      store: 'Edappally',
      leadType: 'walk-in',
      date: '2026-11-05',
    });
  });

  it('may be set for each stream, and then the usual ones of that field are not meant', async () => {
    const settings = { streams: { 'loss-of-sale': { columns: { name: ['Kunde', 'Gast'], phone: 'Tel' } } } };
    const file = `Tel,kunde,Store,Date,Name\n${ROW},other`;
    const [row] = await rowsOf(file, { settings, stream: 'loss-of-sale' });
    expect(bodyOf(row)).toMatchObject({ phone: '919847012345', name: 'Asha', leadType: 'loss-of-sale' });
    await expect(rowsOf(`Phone,Name,Store,Date\n${ROW}`, { settings, stream: 'loss-of-sale' })).rejects.toThrow(
      'a column for phone; a column for name',
    );
  });

  it('that nobody knows become fields named after them, in one order whatever theirs', async () => {
    const [a] = await rowsOf(`Phone,Name,Store,Date,Reason for Loss,BUDGET,2nd visit\n${ROW},price,10,no`);
    const [b] = await rowsOf(`2nd Visit,budget,Phone,Name,Store,Date,reason_for_loss\nno,10,${ROW},price`);
    expect(Object.keys(Object(bodyOf(a)))).toEqual([
      'phone',
      'name',
      'store',
      'leadType',
      'date',
      'budget',
      'column2ndVisit',
      'reasonForLoss',
    ]);
    expect(a).toMatchObject({ record: { body: b?.outcome === 'record' ? b.record.body : '' } });
  });

  it('can be narrowed to what is to be kept', async () => {
    const settings = { streams: { 'walk-ins': { keep: ['budget'] } } };
    const [row] = await rowsOf(`Phone,Name,Store,Date,Aadhaar,Budget\n${ROW},1234,10`, { settings });
    expect(bodyOf(row)).toEqual({
      phone: '919847012345',
      name: 'Asha',
      store: 'Edappally',
      leadType: 'walk-in',
      date: '2026-11-05',
      budget: '10',
    });
  });

  it('end an import before its first row when a column is missing or there twice', async () => {
    await expect(rowsOf(`Phone,Name,Store\n${ROW}`)).rejects.toMatchObject({
      code: 'bad-titles',
      problem: { row: 1, column: 'date', expected: 'a column for date' },
    });
    await expect(rowsOf(`Phone,Mobile,Name,Store,Date\n1,${ROW}`)).rejects.toThrow('one column for phone, not several');
  });

  it.each(['__proto__', 'constructor', 'toString'])('cannot reach into objects: %s', async (title) => {
    const [row] = await rowsOf(`Phone,Name,Store,Date,${title}\n${ROW},x`);
    expect(row?.outcome).toBe('record');
    expect(Object.getPrototypeOf(bodyOf(row))).toBe(Object.prototype);
  });
});
