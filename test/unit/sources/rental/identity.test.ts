import { describe, expect, it } from 'vitest';
import { fieldNames } from '../../../../lib/sources/rental/field-names.ts';
import { rowFields } from '../../../../lib/sources/rental/fields.ts';
import { type IdentityRules, identitiesOf, identityOf, partsOfId } from '../../../../lib/sources/rental/identity.ts';

const rules: IdentityRules = {
  fields: fieldNames({}),
  phone: { countryCode: '91', nationalDigits: 10 },
  leadType: 'booking',
};

const row = { bookingNo: 'Z7-1001', phoneNo: '98765 43210', customerName: 'Anu Mathew', location: 'Edappally' };

function idOf(values: object, location = '7') {
  return identityOf(rowFields(JSON.stringify(values)) ?? new Map(), location, rules);
}

function identities(values: object) {
  return identitiesOf(JSON.stringify(values), rules);
}

describe('the id of a row', () => {
  it('is its booking number and lead type', () => {
    expect(idOf(row)).toEqual({ outcome: 'id', id: 'Z7-1001:booking' });
    expect(idOf({ ...row, leadType: ' Loss of Sale ' })).toEqual({ outcome: 'id', id: 'Z7-1001:loss-of-sale' });
  });

  it('stays when a phone number, a name or the store is corrected', () => {
    const corrected = { ...row, phoneNo: '91234 56789', customerName: 'Anu M.', location: 'Kochi' };
    expect(idOf(corrected)).toEqual(idOf(row));
  });

  it('is read in any case of the field, from text or a number, with every digit', () => {
    expect(idOf({ BookingNo: 'Z7-1001' })).toEqual(idOf(row));
    expect(idOf({ booking_no: ' Z7-1001 ' })).toEqual(idOf(row));
    expect(idOf({ bookingNo: 'Z7-1001', BookingNo: 'Z7-2002' })).toEqual(idOf(row));
    expect(idOf({ bookingNo: '', BookingNo: 'Z7-1001' })).toEqual(idOf(row));
    const big = rowFields('{"bookingNo":4433256000013547003}') ?? new Map();
    expect(identityOf(big, '7', rules)).toEqual({ outcome: 'id', id: '4433256000013547003:booking' });
  });

  it.each([undefined, null, '', ' ', '0', 0, '-', 'N/A', 'null'])(
    'is made of phone, name, lead type and location where the number is %j',
    (bookingNo) => {
      const found = idOf({ ...row, bookingNo });
      expect(found).toEqual({ outcome: 'id', id: expect.stringMatching(/^person-[0-9a-f]{16}:booking$/) });
      expect(idOf({ ...row, bookingNo, phoneNo: '+91 9876543210', customerName: 'anu  mathew' })).toEqual(found);
      expect(idOf({ ...row, bookingNo, phoneNo: '91234 56789' })).not.toEqual(found);
      expect(idOf({ ...row, bookingNo }, '8')).not.toEqual(found);
    },
  );

  it('is missing where a row tells neither its number nor whose it is', () => {
    expect(idOf({ phoneNo: '98765 43210' })).toEqual({ outcome: 'missing' });
    expect(idOf({ customerName: 'Anu Mathew' })).toEqual({ outcome: 'missing' });
    expect(idOf({})).toEqual({ outcome: 'missing' });
  });

  it('is bad where the number cannot stand in a key', () => {
    expect(idOf({ bookingNo: '#17' })).toEqual({ outcome: 'bad' });
    expect(idOf({ bookingNo: 'a\u0000b' })).toEqual({ outcome: 'bad' });
  });

  it('tells what can be asked for', () => {
    expect(partsOfId('Z7-1001:booking')).toEqual({ number: 'Z7-1001' });
    expect(partsOfId('A:1:booking')).toEqual({ number: 'A:1' });
    expect(partsOfId('person-0123456789abcdef:booking')).toBe('person');
    expect(partsOfId('booking')).toBe('none');
    expect(partsOfId(':booking')).toBe('none');
  });
});

describe('the names that duplicates share', () => {
  it('are booking number, phone and lead type, however those are written', () => {
    expect(identities(row)).toHaveLength(1);
    expect(identities({ ...row, bookingNo: 'z7 - 1001', phoneNo: '+91-98765-43210' })).not.toEqual([]);
    expect(identities({ ...row, bookingNo: 'z7-1001', phoneNo: '0919876543210'.slice(1) })).toEqual(identities(row));
    expect(identities({ ...row, phoneNo: '91234 56789' })).not.toEqual(identities(row));
    expect(identities({ ...row, leadType: 'return' })).not.toEqual(identities(row));
  });

  it('are phone, name, lead type and store only where there is no booking number', () => {
    const walkIn = { ...row, bookingNo: '' };
    expect(identities(walkIn)).toEqual(identities({ ...walkIn, customerName: ' ANU mathew', phoneNo: '09876543210' }));
    expect(identities(walkIn)).not.toEqual(identities({ ...walkIn, location: 'Kochi' }));
    expect(identities(walkIn)).not.toEqual(identities(row));
    expect(identities({ ...walkIn, phoneNo: '' })).toEqual([]);
  });

  it('show no personal data', () => {
    for (const name of [...identities(row), ...identities({ ...row, bookingNo: '' })]) {
      expect(name).toMatch(/^(?:booking|person):[0-9a-f]{16}$/);
    }
  });

  it('are none of a text that is no row', () => {
    expect(identitiesOf('[1]', rules)).toEqual([]);
    expect(identitiesOf('{"a"', rules)).toEqual([]);
  });
});
