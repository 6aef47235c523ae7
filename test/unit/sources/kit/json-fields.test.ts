import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutFields } from '../../../../lib/sources/kit/json-fields.ts';

const name = fc.constantFrom('notes', 'medicare', 'id', 'name', 'no"tes', '', 'constructor');
const value = fc
  .tuple(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom(undefined, 1, '\t'))
  .map(([parsed, indent]) => JSON.stringify(parsed, undefined, indent));
const space = fc.constantFrom('', ' ', '\n', '\r\n\t ');
const HIDDEN = ['notes', 'medicare'];

describe('a JSON object without some of its fields', () => {
  it('has exactly the others, each as it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), space, (fields, gap) => {
        const members = fields.map(([key, text]) => `${JSON.stringify(key)}${gap}:${gap}${text}`);
        const kept = members.filter((_, index) => !HIDDEN.includes(fields[index]?.[0] ?? ''));
        const write = (some: readonly string[]) => `${gap}{${gap}${some.join(`${gap},${gap}`)}${gap}}${gap}`;
        // Where nothing stands between the braces, one gap does not become two.
        const text = members.length === 0 ? `{${gap}}` : write(members);
        expect(withoutFields(text, HIDDEN)).toBe(members.length === 0 ? text : write(kept));
      }),
    );
  });

  it.each([
    ['{"notes":"a","id":1}', '{"id":1}'],
    ['{"id":1,"notes":"a"}', '{"id":1}'],
    ['{"id":1,"notes":"a","x":[{"notes":"kept"}]}', '{"id":1,"x":[{"notes":"kept"}]}'],
    ['{"notes":"a"}', '{}'],
    ['{"notes":"a","notes":"b"}', '{}'],
    ['{"\\u006eotes":"a","id":1}', '{"id":1}'],
    ['{"id":1390726237298631770,"notes":"}\\",{"}', '{"id":1390726237298631770}'],
    ['{"id":1}', '{"id":1}'],
    ['{}', '{}'],
  ])('%s becomes %s', (text, rest) => {
    expect(withoutFields(text, HIDDEN)).toBe(rest);
  });
});
