import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../../lib/domain/instant.ts';
import { decodeRow, type RowRules } from '../../../../lib/sources/cliniko/decode-row.ts';
import { PRIVATE_FIELDS } from '../../../../lib/sources/cliniko/private-fields.ts';

const at = (iso: string) => instantFromMs(Date.parse(iso));
const ID = '1390726237298631770';
const RULES: RowRules = { partition: 'north-clinic', hidden: PRIVATE_FIELDS.patients };
const WINDOW: RowRules = {
  partition: 'north-clinic',
  hidden: PRIVATE_FIELDS.appointments,
  window: { from: at('2026-11-14T00:00:00Z'), until: at('2026-12-22T00:00:00Z') },
};
const patient = (fields: string) => `{"id":"${ID}","updated_at":"2026-11-21T06:40:00Z",${fields}"first_name":"Zoë"}`;
const appointment = (startsAt: string) => `{"id":"${ID}","updated_at":"2026-11-21T06:40:00Z","starts_at":${startsAt}}`;

describe('a row', () => {
  it('is a record with the bytes that were sent, less what is private', () => {
    const kept = `{ "id":${ID}, "name" : "Zo\\u00eb \\ud83d",  "updated_at":"2026-11-21T06:40:00Z", "x":[1.50, 1e2] }`;
    const text = kept
      .replace('"name"', '"notes": "Knee: \\"pain\\", {worse}", "name"')
      .replace('"x"', '"custom_fields":{"sections":[{"notes":"x"}]},"medicare":null, "x"');
    expect(decodeRow(text, false, RULES)).toEqual({
      outcome: 'record',
      record: { id: ID, partition: 'north-clinic', modified: at('2026-11-21T06:40:00Z'), body: kept },
    });
  });

  it.each([
    ['a number', `{"id":${ID},"updated_at":"2026-11-21T06:40:00Z"}`],
    ['a text', `{"id":"${ID}","updated_at":"2026-11-21T06:40:00Z"}`],
    [
      'the end of its own link',
      `{"updated_at":"2026-11-21T06:40:00Z","links":{"self":"https://api.au2.cliniko.com/v1/patients/${ID}"}}`,
    ],
  ])('is known by an id that is %s', (_, text) => {
    expect(decodeRow(text, false, RULES)).toMatchObject({ outcome: 'record', record: { id: ID } });
  });

  it.each([
    ['no object', '[]', 'malformed'],
    ['no JSON', '{"id":', 'malformed'],
    ['without an id', '{"updated_at":"2026-11-21T06:40:00Z"}', 'missing-id'],
    ['with an id that is a word', '{"id":"me","updated_at":"2026-11-21T06:40:00Z"}', 'bad-id'],
    ['with an id of 20 digits', '{"id":12345678901234567890,"updated_at":"2026-11-21T06:40:00Z"}', 'bad-id'],
    ['with a link to a list', '{"links":{"self":"https://api.au2.cliniko.com/v1/patients"}}', 'bad-id'],
    ['without a time', `{"id":"${ID}"}`, 'missing-modified-time'],
    ['with a time without an offset', `{"id":"${ID}","updated_at":"2026-11-21T06:40:00"}`, 'bad-modified-time'],
  ])('%s is rejected', (_, text, reason) => {
    expect(decodeRow(text, false, RULES)).toMatchObject({ outcome: 'rejected', rejected: { reason } });
  });

  it.each(['deleted_at', 'archived_at', 'cancelled_at'])('with %s has left, in whichever list it stands', (field) => {
    const left = decodeRow(patient(`"${field}":"2026-11-21T06:45:00Z",`), false, RULES);
    expect(left).toEqual({
      outcome: 'removed',
      removed: { id: ID, partition: 'north-clinic', modified: at('2026-11-21T06:45:00Z') },
    });
    for (const none of ['null', '""'])
      expect(decodeRow(patient(`"${field}":${none},`), false, RULES).outcome).toBe('record');
  });

  it('that was changed after it left has left at the time of the change', () => {
    const left = decodeRow(patient('"archived_at":"2026-11-20T06:45:00Z",'), false, RULES);
    expect(left).toMatchObject({ removed: { modified: at('2026-11-21T06:40:00Z') } });
  });

  it('of a list of what has left has left, though it shows a time and a link alone', () => {
    const link = `https://api.au2.cliniko.com/v1/patients/${ID}`;
    expect(decodeRow(`{"deleted_at":"2026-11-21T06:45:00Z","links":{"self":"${link}"}}`, true, RULES)).toEqual({
      outcome: 'removed',
      removed: { id: ID, partition: 'north-clinic', modified: at('2026-11-21T06:45:00Z') },
    });
    expect(decodeRow(`{"links":{"self":"${link}"}}`, true, RULES)).toMatchObject({
      outcome: 'rejected',
      rejected: { id: ID, reason: 'missing-modified-time' },
    });
  });
});

describe('an appointment', () => {
  it.each([
    ['"2026-11-13T23:59:59Z"', 'removed'],
    ['"2026-11-14T00:00:00Z"', 'record'],
    ['"2026-12-21T23:59:59Z"', 'record'],
    ['"2026-12-22T00:00:00Z"', 'removed'],
    ['null', 'rejected'],
    ['"tomorrow"', 'rejected'],
  ])('that takes place at %s is %s', (startsAt, outcome) => {
    expect(decodeRow(appointment(startsAt), false, WINDOW).outcome).toBe(outcome);
  });

  it('out of scope leaves in that version, so that a newer one stays', () => {
    expect(decodeRow(appointment('"2030-01-01T00:00:00Z"'), false, WINDOW)).toMatchObject({
      removed: { modified: at('2026-11-21T06:40:00Z') },
    });
  });
});
