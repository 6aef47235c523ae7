import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../../lib/domain/instant.ts';
import { PartitionNamespace } from '../../../../lib/sources/kit/partition-namespace.ts';
import { retryAfterMs } from '../../../../lib/sources/kit/retry-after.ts';
import { vendorOrigin } from '../../../../lib/sources/kit/vendor-origin.ts';
import { shortVendorText } from '../../../../lib/sources/kit/vendor-text.ts';

const servedAt = instantFromMs(Date.parse('2026-11-21T06:47:00Z'));

describe('Retry-After', () => {
  it.each([
    ['30', 30_000],
    [' 0 ', 0],
    ['86400', 86_400_000],
    ['Sat, 21 Nov 2026 06:49:00 GMT', 120_000],
    ['Sat, 21 Nov 2026 06:40:00 GMT', 0],
    ['1795243650', 30_000],
    ['1795243650250', 30_250],
    ['1795243600', 0],
  ])('%s is read by the clock of the server', (header, ms) => {
    expect(retryAfterMs(header, servedAt)).toBe(ms);
  });

  it.each([undefined, '', 'soon', '-1', '1.5', '99999999999', '2026-11-21', 'Sat, 99 Foo 2026 06:49:00 GMT'])(
    '%s asks for nothing',
    (header) => {
      expect(retryAfterMs(header, servedAt)).toBeUndefined();
    },
  );
});

describe('a vendor origin', () => {
  const rules = { hosts: ['www.zohoapis.com', 'www.zohoapis.eu'], allowLoopback: false };

  it.each(['www.zohoapis.eu', 'https://www.zohoapis.eu', 'https://www.zohoapis.eu/'])('is read from %s', (text) => {
    expect(vendorOrigin(text, rules)).toBe('https://www.zohoapis.eu');
  });

  it.each([
    'http://www.zohoapis.eu',
    'https://www.zohoapis.eu.evil.example',
    'https://www.zohoapis.eu@evil.example',
    'https://evil.example/www.zohoapis.eu',
    'https://www.zohoapis.eu:8443',
    'https://www.zohoapis.eu/path',
    'www.zohoapis.eu\n',
    'http://127.0.0.1:8080',
    '',
  ])('is not %j', (text) => {
    expect(vendorOrigin(text, rules)).toBeUndefined();
  });

  it('is a loopback address only where that is allowed', () => {
    const local = { ...rules, allowLoopback: true };
    expect(vendorOrigin('http://127.0.0.1:8080/', local)).toBe('http://127.0.0.1:8080');
    for (const text of [
      'http://127.0.0.1',
      'http://127.0.0.1:99999',
      'http://127.0.0.2:80',
      'http://127.0.0.1:80@evil.example',
    ]) {
      expect(vendorOrigin(text, local)).toBeUndefined();
    }
  });
});

describe('a vendor text', () => {
  it('keeps the words and drops what may be a value', () => {
    const text = `Invalid value "Jane Doe" for 'Email' jane@example.org, token 1000.ab12cd.ef34 at https://x.example/y?z=1 <b>now</b>`;
    expect(shortVendorText(text)).toBe('Invalid value … for … … token … at … now');
  });

  it('is cut short', () => {
    expect(shortVendorText('word '.repeat(500))).toHaveLength(120);
  });
});

describe('a partition namespace', () => {
  it('goes in front of ids and is taken off again', () => {
    const namespace = new PartitionNamespace('north');
    expect(namespace.stored('123')).toBe('north~123');
    expect(namespace.own('north~123')).toBe('123');
    expect(namespace.own('south~123')).toBeUndefined();
    expect(namespace.own('123')).toBeUndefined();
  });

  it('changes nothing where there is none', () => {
    const namespace = new PartitionNamespace(undefined);
    expect([namespace.stored('123'), namespace.own('123')]).toEqual(['123', '123']);
  });
});
