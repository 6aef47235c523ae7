import { describe, expect, it } from 'vitest';
import { instantFromMs, plusMs } from '../../../../lib/domain/instant.ts';
import { type Answer, classify } from '../../../../lib/sources/tiktok-shop/classify.ts';

const now = instantFromMs(Date.parse('2026-11-21T06:47:00Z'));
const FIRST = { now, continued: false, byIds: false };

function meaningOf(answer: Partial<Answer>, circumstances: Partial<typeof FIRST> = {}) {
  const verdict = classify({ status: 200, body: 'json', ...answer }, { ...FIRST, ...circumstances });
  return verdict.outcome === 'failed' ? verdict.failure.code : verdict.outcome;
}

describe('an answer of TikTok', () => {
  it('is one only with code 0, status 200 and data', () => {
    expect(meaningOf({ code: '0', body: 'data' })).toBe('answered');
    expect(meaningOf({ code: '0' })).toBe('source-malformed');
    expect(meaningOf({ body: 'data' })).toBe('source-malformed');
    expect(meaningOf({ code: '0', body: 'data', status: 500 })).toBe('source-unavailable');
    expect(meaningOf({ body: 'not-json' })).toBe('source-malformed');
  });

  it.each([
    ['105002', 'Expired credentials.', 'token-refused'],
    ['105001', '', 'token-refused'],
    ['36009004', 'Invalid credentials. The `x-tts-access-token` header is invalid.', 'token-refused'],
    ['36009004', 'Invalid timestamp. It must not be earlier than 5 minutes before the current time.', 'clock-refused'],
    ['36009004', 'Invalid credentials. Invalid `app_key` query parameter.', 'source-misconfigured'],
    ['36009004', 'Missing credentials. The request does not include a required signature.', 'source-misconfigured'],
    ['36009004', 'Invalid identifier. The `shop_id` query parameter is invalid.', 'source-misconfigured'],
    ['36009004', 'Something new', 'source-misconfigured'],
    ['106001', 'signature is invalid', 'source-misconfigured'],
    ['105005', 'Access denied.', 'source-misconfigured'],
    ['36009009', 'Invalid path', 'source-misconfigured'],
    ['36009010', 'Invalid method', 'source-misconfigured'],
    ['36009002', 'Too many requests', 'source-rate-limited'],
    ['36009003', 'Internal error', 'source-unavailable'],
    ['36009007', 'Timeout', 'source-unavailable'],
    ['12345678', 'Something new', 'source-unavailable'],
    ['21008111', 'The order does not belong to the current seller', 'source-misconfigured'],
  ])('with code %s (%s) and HTTP 200 is %s', (code, message, meaning) => {
    expect(meaningOf({ code, message })).toBe(meaning);
  });

  it.each([
    [429, 'source-rate-limited'],
    [500, 'source-unavailable'],
    [503, 'source-unavailable'],
    [401, 'token-refused'],
    [403, 'source-malformed'],
  ])('with HTTP %d and no code is %s', (status, meaning) => {
    expect(meaningOf({ status })).toBe(meaning);
  });

  it('to a page token is its refusal when a parameter is refused, and not when the token of access is', () => {
    const continued = { continued: true };
    expect(meaningOf({ code: '36009004', message: 'Invalid page_token.' }, continued)).toBe('page-token-refused');
    expect(meaningOf({ code: '36009004', message: 'Something new' }, continued)).toBe('page-token-refused');
    expect(meaningOf({ code: '12345678', message: 'page token expired' }, continued)).toBe('page-token-refused');
    expect(meaningOf({ code: '36009004', message: 'The `x-tts-access-token` header is invalid.' }, continued)).toBe(
      'token-refused',
    );
  });

  it.each(['21008111', '12052048', '12052032'])('with code %s to a query by ids says that it is not there', (code) => {
    expect(meaningOf({ code }, { byIds: true })).toBe('not-there');
  });

  it.each([
    [undefined, 60_000],
    [0, 1_000],
    [7_000, 7_000],
    [86_400_000, 3_600_000],
  ])('that asks to wait %s ms is waited for as long as is sensible', (retryAfterMs, waitMs) => {
    const answer = { status: 429, body: 'json', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } as const;
    const verdict = classify(answer, FIRST);
    expect(verdict).toMatchObject({ outcome: 'failed', failure: { retryAt: plusMs(now, waitMs) } });
  });

  it("is told with its code, and without what may be a value of the vendor's words", () => {
    const verdict = classify({ status: 200, body: 'json', code: '105005', message: 'Denied for "Nguyen" 0912' }, FIRST);
    expect(verdict).toMatchObject({ failure: { vendorCode: '105005', status: 200 } });
    expect(verdict.outcome === 'failed' && verdict.failure.message).not.toMatch(/Nguyen|0912/);
  });
});
