import { describe, expect, it } from 'vitest';
import { ownField, parseExactJson } from '../../../../lib/sources/kit/exact-json.ts';

describe('exact JSON', () => {
  it('keeps every digit of a number that a double cannot hold', () => {
    expect(parseExactJson('[4433256000013547003,4433256000013547000,-9007199254740993]')).toEqual([
      '4433256000013547003',
      '4433256000013547000',
      '-9007199254740993',
    ]);
  });

  it('finds such a number wherever it stands, and however it is written', () => {
    expect(parseExactJson('9007199254740993')).toBe('9007199254740993');
    expect(parseExactJson('{"a":[ 9007199254740993,-9007199254740993\t],"b":\n90071992547409931}')).toEqual({
      a: ['9007199254740993', '-9007199254740993'],
      b: '90071992547409931',
    });
    expect(parseExactJson('[1e20,-1.5E+300,1.5e3]')).toEqual(['1e20', '-1.5E+300', 1_500]);
  });

  it('leaves other values as they are', () => {
    expect(parseExactJson('[9007199254740991,0.5,-1,"4433256000013547003",null,true]')).toEqual([
      9007199254740991,
      0.5,
      -1,
      '4433256000013547003',
      null,
      true,
    ]);
  });

  it('reads own fields only, whatever they are called', () => {
    const parsed = parseExactJson('{"__proto__":{"polluted":1}}');
    expect(parsed).toEqual(JSON.parse('{"__proto__":{"polluted":1}}'));
    expect(ownField({}, 'constructor')).toBeUndefined();
    expect(Object.hasOwn({}, 'polluted')).toBe(false);
  });
});
