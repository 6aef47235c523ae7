import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson } from '../../../lib/reader/read-json.ts';

describe('readJson', () => {
  it.each([
    ['4433256000013547003', '4433256000013547003'],
    ['4433256000013547000', '4433256000013547000'],
    ['-9007199254740993', '-9007199254740993'],
    ['9007199254740991', 9007199254740991],
    ['1e400', '1e400'],
    ['0.1', 0.1],
    ['-0', -0],
    ['"4433256000013547003"', '4433256000013547003'],
  ])('reads %s as %j', (text, value) => {
    expect(readJson(text)).toBe(value);
  });

  it('reads what is within JavaScript’s reach as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(spelt(readJson(text))).toEqual(spelt(JSON.parse(text)));
      }),
    );
  });

  it('keeps names that mean something elsewhere as plain names', () => {
    const value = readJson('{"__proto__":{"id":4433256000013547003}}');
    expect(JSON.stringify(value)).toBe('{"__proto__":{"id":"4433256000013547003"}}');
  });
});

/** With every number that JavaScript cannot hold exactly spelt alike, however it was read. */
function spelt(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, item: unknown) => (isLarge(item) ? String(item) : item));
}

function isLarge(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
}
