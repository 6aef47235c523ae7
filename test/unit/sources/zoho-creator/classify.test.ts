import { describe, expect, it } from 'vitest';
import { instantFromMs, plusMs, toIso } from '../../../../lib/domain/instant.ts';
import { type Answer, classify } from '../../../../lib/sources/zoho-creator/classify.ts';

const now = instantFromMs(Date.parse('2026-11-21T06:47:00Z'));
const circumstances = { now, quotaZone: 'America/Los_Angeles', continued: false };
/** 00:00 in Los Angeles. */
const RESET = '2026-11-21T08:00:00.000Z';

function verdictOf(answer: Partial<Answer>, continued = false) {
  return classify({ status: 200, body: 'json', ...answer }, { ...circumstances, continued });
}

function failureOf(answer: Partial<Answer>, continued = false) {
  const verdict = verdictOf(answer, continued);
  if (verdict.outcome !== 'failed') throw new Error(`not a failure but ${verdict.outcome}`);
  return verdict.failure;
}

describe('what an answer means', () => {
  it('is records only with code 3000, status 200 and an array of them', () => {
    expect(verdictOf({ code: '3000', body: 'records' }).outcome).toBe('records');
    expect(failureOf({ code: '3000', body: 'json' }).code).toBe('source-malformed');
    expect(failureOf({ status: 404, code: '3000', body: 'records' }).code).toBe('source-malformed');
    expect(failureOf({ body: 'records' }).code).toBe('source-malformed');
  });

  it.each([
    [200, '9220'],
    [400, '9220'],
    [200, '9280'],
    [404, '9280'],
    [404, '3100'],
  ])('is empty: HTTP %i, code %s', (status, code) => {
    expect(verdictOf({ status, code }).outcome).toBe('empty');
  });

  it.each([500, 502, 401, 403, 429])('is never empty with HTTP %i', (status) => {
    expect(verdictOf({ status, code: '9280' }).outcome).toBe('failed');
  });

  it.each([200, 401])('is a refused token: HTTP %i, code 1030', (status) => {
    expect(verdictOf({ status, code: '1030' }).outcome).toBe('token-refused');
  });

  it.each([
    [401, '2945', 'source-misconfigured'],
    [401, '1000', 'source-misconfigured'],
    [404, '1000', 'source-misconfigured'],
    [401, '1060', 'source-misconfigured'],
    [403, '1060', 'source-misconfigured'],
    [403, '2933', 'source-misconfigured'],
    [403, '2898', 'source-misconfigured'],
    [403, '1130', 'source-misconfigured'],
    [403, '1080', 'source-misconfigured'],
    [404, '1040', 'source-misconfigured'],
    [404, '2892', 'source-misconfigured'],
    [404, '2894', 'source-misconfigured'],
    [405, '1020', 'source-misconfigured'],
    [200, '3970', 'source-misconfigured'],
    [404, '2930', 'source-unavailable'],
    [200, '2955', 'source-rate-limited'],
    [404, '7777', 'source-misconfigured'],
    [400, '7777', 'source-misconfigured'],
    [403, '7777', 'source-misconfigured'],
    [401, '7777', 'source-unauthorized'],
    [200, '7777', 'source-malformed'],
    [503, '7777', 'source-unavailable'],
    [500, '3000', 'source-unavailable'],
    [408, undefined, 'source-unavailable'],
    [404, undefined, 'source-misconfigured'],
    [302, undefined, 'source-malformed'],
  ])('is a failure: HTTP %i, code %s is %s', (status, code, expected) => {
    const failure = failureOf({ status, ...(code === undefined ? {} : { code }) });
    expect([failure.code, failure.status, failure.vendorCode]).toEqual([expected, status, code]);
  });

  it.each([
    [200, 'source-malformed'],
    [404, 'source-malformed'],
    [500, 'source-unavailable'],
    [502, 'source-unavailable'],
    [429, 'source-rate-limited'],
  ])('without JSON and with HTTP %i is %s', (status, expected) => {
    expect(failureOf({ status, body: 'not-json' }).code).toBe(expected);
  });

  it.each([
    [undefined, 60_000],
    [0, 1_000],
    [30_000, 30_000],
    [300_000, 300_000],
  ])('is a pause: Retry-After of %s ms waits %i ms', (retryAfterMs, waitMs) => {
    const failure = failureOf({ status: 429, code: '2955', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    expect(failure.code).toBe('source-rate-limited');
    expect(failure.retryAt).toBe(plusMs(now, waitMs));
  });

  it('is the end of the day when it asks to wait more than five minutes, but no longer than to midnight', () => {
    const anHour = failureOf({ status: 429, code: '2955', retryAfterMs: 3_600_000 });
    const aDay = failureOf({ status: 429, retryAfterMs: 86_400_000 });
    expect([anHour.code, aDay.code]).toEqual(['source-quota-spent', 'source-quota-spent']);
    expect(anHour.retryAt).toBe(plusMs(now, 3_600_000));
    expect(aDay.retryAt && toIso(aDay.retryAt)).toBe(RESET);
  });

  it.each([
    [200, 'You have reached your API call limit for a day. For more information see the help.'],
    [200, undefined],
    [429, 'limit'],
  ])('is a spent day: HTTP %i, code 4000, %s', (status, message) => {
    const failure = failureOf({ status, code: '4000', ...(message === undefined ? {} : { message }) });
    expect(failure.code).toBe('source-quota-spent');
    expect(failure.retryAt && toIso(failure.retryAt)).toBe(RESET);
  });

  it('is a refused filter when code 4000 speaks of criteria', () => {
    for (const message of ['Invalid criteria', 'Wrong date format in Modified_Time']) {
      expect(failureOf({ code: '4000', message }).code).toBe('source-misconfigured');
    }
  });

  it('is a dead page token when a later page is refused with a code nobody knows', () => {
    expect(failureOf({ status: 400, code: '7777' }, true).code).toBe('source-cursor-expired');
    expect(failureOf({ status: 404, code: '1000', message: 'Invalid record_cursor.' }, true).code).toBe(
      'source-cursor-expired',
    );
    expect(failureOf({ status: 404, code: '2894' }, true).code).toBe('source-misconfigured');
    expect(failureOf({ status: 403, code: '7777' }, true).code).toBe('source-misconfigured');
    expect(failureOf({ status: 500 }, true).code).toBe('source-unavailable');
  });

  it('says what happened without values', () => {
    const failure = failureOf({
      status: 404,
      code: '2894',
      message: 'No report named "Jane Doe" for jane@example.org',
    });
    expect(failure.message).toBe(
      'Zoho Creator: there is no such report (HTTP 404, code 2894): No report named … for …',
    );
  });
});
