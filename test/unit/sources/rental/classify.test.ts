import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../../lib/domain/instant.ts';
import { SourceFailure } from '../../../../lib/ports/source.ts';
import { rowsOf } from '../../../../lib/sources/rental/classify.ts';

const now = instantFromMs(Date.parse('2026-11-21T06:47:00Z'));

function failureOf(status: number, body: string, headers: Readonly<Record<string, string>> = {}): SourceFailure {
  try {
    rowsOf({ status, body, headers, date: now, order: 1 }, { now, api: 'bookings', emptyTexts: [] });
  } catch (error) {
    if (error instanceof SourceFailure) return error;
    throw error;
  }
  throw new Error('the answer was understood');
}

const refusal = (errorDescription: string) => JSON.stringify({ status: false, errorDescription, dataSet: null });

describe('an answer of the rental API', () => {
  it.each([
    [200, refusal('Timeout expired'), 'source-unavailable'],
    [200, refusal('No data found'), 'source-unavailable'],
    [200, refusal(''), 'source-unavailable'],
    [200, refusal('Invalid user'), 'source-misconfigured'],
    [200, refusal('Access denied for this login'), 'source-misconfigured'],
    [200, '{"status":true,"dataSet":null}', 'source-unavailable'],
    [200, '<html>Runtime Error</html>', 'source-malformed'],
    [200, '', 'source-malformed'],
    [201, '[]', 'source-malformed'],
    [401, '[]', 'source-unauthorized'],
    [403, '', 'source-unauthorized'],
    [404, '{"message":"none"}', 'source-misconfigured'],
    [400, '{"title":"validation","status":400}', 'source-misconfigured'],
    [415, '', 'source-misconfigured'],
    [408, '', 'source-unavailable'],
    [500, '{"data":[]}', 'source-unavailable'],
    [503, '<html></html>', 'source-unavailable'],
    [429, '', 'source-rate-limited'],
  ])('with status %i and the body %s is no rows: %s comes %s', (status, body, code) => {
    expect(failureOf(status, body)).toMatchObject({ code, status });
  });

  it('says when to come back, as the server does', () => {
    expect(failureOf(429, '', { 'retry-after': '7' }).retryAt).toBe(now + 7_000);
    expect(failureOf(429, '').retryAt).toBe(now + 60_000);
    expect(failureOf(429, '', { 'retry-after': '99999999' }).retryAt).toBe(now + 900_000);
  });

  it('is told in its own words, without what may be a value of a record', () => {
    const { message } = failureOf(200, refusal("Booking 'Z7-1001' of anu@example.com, 98765 43210, is locked"));
    expect(message).toMatch(/^rental bookings: the answer says that it failed \(HTTP 200\): Booking/);
    expect(message).not.toMatch(/Z7|anu|98765|43210/);
  });

  it('advises on the other content type', () => {
    expect(failureOf(415, '').message).toContain('contentType');
  });
});
