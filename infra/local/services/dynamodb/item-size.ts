import { type JsonObject, objectOf, textOf } from '../json.ts';

/** Overhead of a list or map, in bytes, and of each of its elements. */
const NESTING_BYTES = 3;
const ELEMENT_BYTES = 1;

/** Size of an item as DynamoDB counts it: names and values in UTF-8 (developer guide, "DynamoDB item sizes and formats"). */
export function itemBytes(item: JsonObject): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: unknown): number {
  const [[type, content] = ['', undefined]] = Object.entries(objectOf(value) ?? {});
  switch (type) {
    case 'S':
      return Buffer.byteLength(textOf(content));
    case 'N':
      return numberBytes(textOf(content));
    case 'B':
      return Buffer.byteLength(textOf(content), 'base64');
    case 'SS':
    case 'NS':
    case 'BS':
      return elementsOf(content).reduce<number>((sum, element) => sum + valueBytes({ [type.charAt(0)]: element }), 0);
    case 'L':
      return elementsOf(content).reduce<number>(
        (sum, element) => sum + ELEMENT_BYTES + valueBytes(element),
        NESTING_BYTES,
      );
    case 'M':
      return NESTING_BYTES + itemBytes(objectOf(content) ?? {}) + Object.keys(content ?? {}).length * ELEMENT_BYTES;
    default:
      return 1;
  }
}

/** About one byte for two significant digits, and one more; leading and trailing zeros are free. */
function numberBytes(digits: string): number {
  const [mantissa = ''] = digits.replace('-', '').split(/e/i);
  const significant = mantissa.replace('.', '').replace(/^0+|0+$/g, '');
  return Math.ceil(significant.length / 2) + 1 + (digits.startsWith('-') ? 1 : 0);
}

function elementsOf(content: unknown): readonly unknown[] {
  return Array.isArray(content) ? content : [];
}
