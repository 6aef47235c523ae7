import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../lib/domain/instant.ts';
import { BIG_EVENT, demoDataSet } from '../../simulators/zoho-creator/demo-data-set.ts';
import { completeOptions } from '../../simulators/zoho-creator/options.ts';
import { openAccount } from '../../simulators/zoho-creator/zoho-account.ts';
import { ZohoControl } from '../../simulators/zoho-creator/zoho-control.ts';

const control = new ZohoControl(openAccount(completeOptions({})));
const records = control.records();
const bodies = records.map(({ body }) => body);

describe('the demo data set', () => {
  it('has 40 events, 2,419 registrations in one of them and 4,383 in all', () => {
    expect(control.events()).toHaveLength(40);
    expect(records).toHaveLength(4_383);
    expect(control.records(BIG_EVENT)).toHaveLength(2_419);
    expect(control.events().find(({ id }) => id === BIG_EVENT)?.registrations).toBe(2_419);
  });

  it('has 19-digit ids that doubles cannot tell apart, some ending in 003 and in 000', () => {
    const ids = records.map(({ id }) => id);
    expect(ids.every((id) => /^\d{19}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(4_383);
    expect(new Set(ids.map(Number)).size).toBeLessThan(100);
    for (const ending of ['003', '000']) {
      expect(ids.some((id) => id.endsWith(ending))).toBe(true);
      expect(control.events().some(({ id }) => id.endsWith(ending))).toBe(true);
    }
  });

  it('has bodies of about 600 to 1,100 bytes', () => {
    const sizes = bodies.map((body) => Buffer.byteLength(body)).sort((a, b) => a - b);
    expect(sizes[50]).toBeGreaterThan(600);
    expect(sizes.at(-50)).toBeLessThan(1_100);
  });

  it.each([
    ['quotes', '\\"yes\\"'],
    ['backslashes', 'C:\\\\Users'],
    ['HTML with escaped closing tags', '<\\/script>'],
    ['emoji', '🎉'],
    ['an escaped NUL', '\\u0000'],
    ['half a surrogate pair', '\\ud83d'],
    ['a text that looks like records', '},{\\"ID\\"'],
    ['Vietnamese names', 'Nguyễn'],
    ['phones with a leading zero', '"Phone":"0'],
    ['empty strings', '"Company":""'],
    ['empty lists', '"Interests":[]'],
  ])('has %s', (_, text) => {
    expect(bodies.some((body) => body.includes(text))).toBe(true);
  });

  it('is not what parsing and writing it anew gives', () => {
    expect(bodies.every((body) => JSON.parse(body) instanceof Object)).toBe(true);
    expect(bodies.some((body) => JSON.stringify(JSON.parse(body)) !== body)).toBe(true);
  });

  it('has an import that gave more than a thousand registrations one modified time', () => {
    const sizes = [...Map.groupBy(records, ({ modified }) => modified).values()].map((group) => group.length);
    expect(Math.max(...sizes)).toBeGreaterThan(1_000);
  });

  it('is the same for the same seed, and another for another', () => {
    const until = instantFromMs(Date.UTC(2026, 8, 1));
    const texts = [7, 7, 8].map((seed) => JSON.stringify(demoDataSet(seed, until)));
    expect(texts[0] === texts[1]).toBe(true);
    expect(texts[0] === texts[2]).toBe(false);
  });
});
