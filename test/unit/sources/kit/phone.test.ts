import { describe, expect, it } from 'vitest';
import { normalPhone } from '../../../../lib/sources/kit/phone.ts';

const india = { countryCode: '91', nationalDigits: 10 };

describe('a phone number', () => {
  it.each([
    '9876543210',
    '09876543210',
    '98765 43210',
    '98765-43210',
    '+91 98765 43210',
    '+91-(0)-98765.43210',
    '0091 9876543210',
    '919876543210',
    ' (98765)\u00a043210 ',
    '98765\u201343210',
    '９８７６５４３２１０',
    '9876543210.0',
  ])('has one spelling however it is written: %j', (text) => {
    expect(normalPhone(text, india)).toBe('919876543210');
  });

  it('that begins like its country is not taken for one that states it', () => {
    expect(normalPhone('9198765432', india)).toBe('919198765432');
  });

  it('of another country keeps it', () => {
    expect(normalPhone('+44 20 7946 0958', india)).toBe('442079460958');
  });

  it('of another length than its country has is left as it is, so that it still names one person', () => {
    expect(normalPhone('0484 234567', india)).toBe('484234567');
  });

  it('is given no country where none is set', () => {
    expect(normalPhone('098765 43210', {})).toBe('9876543210');
  });

  it('is given its country whatever its length where none is set', () => {
    expect(normalPhone('030 1234567', { countryCode: '49' })).toBe('49301234567');
  });

  it.each(['', ' ', 'none', '9.87654E+09', '123', '0000000000', '98765 43210 / 99999 11111', '+', '98765x12', '--'])(
    'is not seen in %j',
    (text) => {
      expect(normalPhone(text, india)).toBeUndefined();
    },
  );
});
