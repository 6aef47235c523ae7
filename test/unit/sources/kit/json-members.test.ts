import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sliceJsonMembers } from '../../../../lib/sources/kit/json-members.ts';
import { sliceJsonElements } from '../../../../lib/sources/kit/json-slices.ts';

const jsonText = fc
  .tuple(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom(undefined, 1, '\t'))
  .map(([value, indent]) => JSON.stringify(value, undefined, indent));

const space = fc.constantFrom('', ' ', '\n', '\r\n\t ');

describe('slicing a whole text', () => {
  it('hands out every member of an object byte by byte', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), jsonText), space, (object, gap) => {
        const members = Object.entries(object).map(([key, text]) => `${JSON.stringify(key)}${gap}:${gap}${text}`);
        const text = `${gap}{${gap}${members.join(`${gap},${gap}`)}${gap}}${gap}`;
        expect(sliceJsonMembers(text)).toEqual(new Map(Object.entries(object)));
      }),
    );
  });

  it('hands out every element of an array byte by byte', () => {
    fc.assert(
      fc.property(fc.array(jsonText), space, (elements, gap) => {
        const text = `${gap}[${gap}${elements.join(`${gap},${gap}`)}${gap}]${gap}`;
        expect(sliceJsonElements(text)).toEqual(elements);
      }),
    );
  });

  it('takes the last of a key that stands twice, as parsers do', () => {
    expect(sliceJsonMembers(String.raw`{"a":1,"\u0061":2}`)).toEqual(new Map([['a', '2']]));
  });

  it.each(['', '[]', '{', '{"a"}', '{"a":}', '{a:1}', '{"a":1,}', '{"a":1}x', '{"a" 1}', '{"a":1 "b":2}'])(
    'refuses %j as an object',
    (text) => {
      expect(sliceJsonMembers(text)).toBeUndefined();
    },
  );

  it.each(['', '{}', '[', '[1', '[1,', '[1,]', '[1]x', '[1 2]'])('refuses %j as an array', (text) => {
    expect(sliceJsonElements(text)).toBeUndefined();
  });
});
