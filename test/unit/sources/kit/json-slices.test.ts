import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sliceJsonArray, sliceJsonValue } from '../../../../lib/sources/kit/json-slices.ts';

const elementsOf = (text: string) => sliceJsonArray(text, 'data')?.elements;

/** JSON as servers write it: with or without line breaks, and with any string inside, lone surrogates included. */
const jsonText = fc
  .tuple(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom(undefined, 1, '\t'))
  .map(([value, indent]) => JSON.stringify(value, undefined, indent));

const space = fc.constantFrom('', ' ', '\n', '\r\n\t ');

describe('slicing an array out of JSON', () => {
  it('hands out every element byte by byte', () => {
    fc.assert(
      fc.property(fc.array(jsonText), space, (elements, gap) => {
        const text = `{"code":3000,${gap}"data"${gap}:${gap}[${gap}${elements.join(`${gap},${gap}`)}${gap}]${gap},"more":[1]}`;
        expect(elementsOf(text)).toEqual(elements);
        expect(sliceJsonArray(text, 'data')?.envelope).toEqual({ code: 3000, data: [], more: [1] });
      }),
    );
  });

  it.each([
    ['lone surrogates', '{"a":"\\ud800","b":"\ud83d"}'],
    ['emoji', '{"a":"🎟️ \\ud83c\\udf9f"}'],
    ['a key of every object', '{"__proto__":{"ID":"1"},"constructor":null}'],
    ['brackets, quotes and backslashes in strings', '{"a":"]},{\\"\\\\","b":"\\\\\\""}'],
    ['19 digits', '{"ID":4433256000013547003}'],
  ])('keeps %s', (_what, element) => {
    expect(elementsOf(`{"data":[${element},${element}]}`)).toEqual([element, element]);
  });

  it('refuses a text that is cut short anywhere', () => {
    const text = '{"code":3000,"data":[{"ID":"1","a":["x]",{}]},{"ID":"2"}]}';
    for (let length = 0; length < text.length; length++) {
      expect(sliceJsonArray(text.slice(0, length), 'data')).toBeUndefined();
    }
  });

  it.each([
    ['{"data":[1]} trailing'],
    ['{"data":[1,]}'],
    ['{"data":[,1]}'],
    ['{"data":[1 2]}'],
    ['{"data" [1]}'],
    ['{"data":[1]"code":1}'],
    ['<html><body>[1]</body></html>'],
    ['[{"data":[1]}]'],
    ['null'],
    [''],
  ])('refuses %s', (text) => {
    expect(sliceJsonArray(text, 'data')).toBeUndefined();
  });

  it('hands out an element that is no JSON without losing its neighbours', () => {
    const broken = '{"ID":"2","note":"a\nb"}';
    expect(elementsOf(`{"data":[{"ID":"1"},${broken},nul,{"ID":"3"}]}`)).toEqual([
      '{"ID":"1"}',
      broken,
      'nul',
      '{"ID":"3"}',
    ]);
  });

  it('takes the array of the top level only, and the last of two', () => {
    expect(elementsOf('{"a":{"data":[1]},"b":"\\"data\\":[2]","data":[3]}')).toEqual(['3']);
    expect(elementsOf('{"data":[1],"d\\u0061ta":[2]}')).toEqual(['2']);
    expect(elementsOf('{"data":[1],"data":{}}')).toBeUndefined();
  });

  it('tells an object without the array from no object', () => {
    expect(sliceJsonArray('{"code":"9280","message":"none"}', 'data')).toEqual({
      envelope: { code: '9280', message: 'none' },
      elements: undefined,
    });
  });
});

describe('slicing an array that lies in an object of the answer', () => {
  const nested = (text: string) => sliceJsonArray(text, 'orders', 'data');

  it('hands out every element byte by byte', () => {
    fc.assert(
      fc.property(fc.array(jsonText), space, (elements, gap) => {
        const text = `{"orders":[1],${gap}"data"${gap}:${gap}{"a":"]",${gap}"orders":[${elements.join(',')}],"total":2}${gap},"code":0}`;
        expect(nested(text)).toEqual({
          envelope: { orders: [1], data: { a: ']', orders: [], total: 2 }, code: 0 },
          elements,
        });
      }),
    );
  });

  it.each([
    ['no such object', '{"code":1,"orders":[1]}'],
    ['null in its place', '{"code":1,"data":null}'],
    ['text in its place', '{"code":1,"data":"x"}'],
    ['no such array', '{"code":1,"data":{"items":[1]}}'],
  ])('finds none where there is %s', (_what, text) => {
    expect(nested(text)).toEqual({ envelope: JSON.parse(text), elements: undefined });
  });

  it('refuses a text that is cut short anywhere', () => {
    const text = '{"code":0,"data":{"orders":[{"id":"1","a":["x]",{}]},{"id":"2"}],"total":2},"more":{}}';
    for (let length = 0; length < text.length; length++) expect(nested(text.slice(0, length))).toBeUndefined();
  });
});

describe('the exact text of a value', () => {
  it('is found under its key', () => {
    const value = '{ "id":576461000000000000001, "a":[1,"}"] }';
    expect(sliceJsonValue(`{"code":0, "data" : ${value} ,"z":1}`, 'data')).toBe(value);
    expect(sliceJsonValue('{"code":0}', 'data')).toBeUndefined();
  });
});
