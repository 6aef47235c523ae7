import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../../lib/domain/instant.ts';
import { contentHash } from '../../../../lib/domain/record.ts';
import { PartitionNamespace } from '../../../../lib/sources/kit/partition-namespace.ts';
import { DateCodec } from '../../../../lib/sources/zoho-creator/date-codec.ts';
import { decodeRecord, type RecordRules } from '../../../../lib/sources/zoho-creator/record.ts';

const at = (iso: string) => instantFromMs(Date.parse(iso));
const rules: RecordRules = {
  eventField: 'Event_Info',
  addedTimeField: 'Added_Time',
  modifiedTimeField: 'Modified_Time',
  codec: new DateCodec('dd-MMM-yyyy', 'Asia/Kolkata'),
  namespace: new PartitionNamespace(undefined),
};
const servedAt = at('2026-11-21T06:47:00Z');
const decode = (body: string, changed: Partial<RecordRules> = {}) =>
  decodeRecord(body, servedAt, { ...rules, ...changed });

const ADDED = '"Added_Time":"20-Nov-2026 10:00:00"';
const MODIFIED = '"Modified_Time":"21-Nov-2026 10:30:00"';
const EVENT = '"Event_Info":{"ID":"4433256000013547003","zc_display_value":"Gala"}';
const ID = '"ID":"4433256000013600001"';

describe('decoding a record', () => {
  it('takes id, event and the later time, and leaves the text as it is', () => {
    const body = `{ ${ID},${EVENT}, ${ADDED},${MODIFIED},"Name":"\\ud83d 🎟️","__proto__":{"a":1} }`;
    expect(decode(body)).toEqual({
      outcome: 'record',
      record: {
        id: '4433256000013600001',
        partition: '4433256000013547003',
        modified: at('2026-11-21T05:00:00Z'),
        body,
      },
    });
  });

  it.each([
    ['a string', '"4433256000013600003"', '4433256000013600003'],
    ['a number', '4433256000013600003', '4433256000013600003'],
    ['a round number', '4433256000013600000', '4433256000013600000'],
    ['a small number', '17', '17'],
    ['leading zeros', '"007"', '007'],
  ])('keeps every digit of an id that is %s', (_what, json, id) => {
    expect(decode(`{"ID":${json},${EVENT},${MODIFIED}}`)).toMatchObject({ outcome: 'record', record: { id } });
    expect(decode(`{${ID},"Event_Info":{"ID":${json}},${MODIFIED}}`)).toMatchObject({ record: { partition: id } });
    expect(decode(`{${ID},"Event_Info":${json},${MODIFIED}}`)).toMatchObject({ record: { partition: id } });
  });

  it('puts the namespace in front of the event', () => {
    const namespaced = decode(`{${ID},${EVENT},${MODIFIED}}`, { namespace: new PartitionNamespace('north') });
    expect(namespaced).toMatchObject({ record: { partition: 'north~4433256000013547003' } });
  });

  it('makes do with the added time where there is no modified time', () => {
    expect(decode(`{${ID},${EVENT},${ADDED},"Modified_Time":""}`)).toMatchObject({
      record: { modified: at('2026-11-20T04:30:00Z') },
    });
  });

  it.each([
    ['malformed', '{"ID":"1","note":"a\nb"}'],
    ['malformed', 'null'],
    ['malformed', '["1"]'],
    ['malformed', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['missing-id', `{${EVENT},${MODIFIED}}`],
    ['missing-id', `{"ID":null,${EVENT},${MODIFIED}}`],
    ['bad-id', `{"ID":"1 || ID != 0",${EVENT},${MODIFIED}}`],
    ['bad-id', `{"ID":"44332560000135470031",${EVENT},${MODIFIED}}`],
    ['bad-id', `{"ID":1e25,${EVENT},${MODIFIED}}`],
    ['bad-id', `{"ID":1.5,${EVENT},${MODIFIED}}`],
  ])('rejects as %s, under the hash of its text', (reason, body) => {
    const hash = contentHash(body);
    expect(decode(body)).toMatchObject({
      outcome: 'rejected',
      rejected: { id: `hash:${hash}`, reason, contentHash: hash },
    });
  });

  it.each([
    ['missing-partition', `{${ID},${MODIFIED}}`],
    ['missing-partition', `{${ID},"Event_Info":"",${MODIFIED}}`],
    ['missing-partition', `{${ID},"Event_Info":{},${MODIFIED}}`],
    ['missing-partition', `{${ID},"Event_Info":[],${MODIFIED}}`],
    ['bad-partition', `{${ID},"Event_Info":"Gala",${MODIFIED}}`],
    ['bad-partition', `{${ID},"Event_Info":[{"ID":"1"},{"ID":"2"}],${MODIFIED}}`],
    ['missing-modified-time', `{${ID},${EVENT}}`],
    ['missing-modified-time', `{${ID},${EVENT},"Modified_Time":null}`],
    ['bad-modified-time', `{${ID},${EVENT},${ADDED},"Modified_Time":"2026-11-21T05:00:00Z"}`],
    ['bad-modified-time', `{${ID},${EVENT},"Modified_Time":1763700000}`],
    ['bad-modified-time', `{${ID},${EVENT},"Modified_Time":"01-Jan-1960 00:00:00"}`],
  ])('rejects as %s, under its id', (reason, body) => {
    expect(decode(body)).toMatchObject({ outcome: 'rejected', rejected: { id: '4433256000013600001', reason } });
  });

  it('tells when a rejected record was modified, where that is known, and never its body', () => {
    const decoded = decode(`{${ID},${MODIFIED},"Name":"Jane"}`);
    expect(decoded).toMatchObject({ rejected: { modified: at('2026-11-21T05:00:00Z') } });
    expect(JSON.stringify(decoded)).not.toContain('Jane');
  });

  it('rejects a record above 5 MB, counted in bytes', () => {
    const record = (note: string) => `{${ID},${EVENT},${MODIFIED},"Note":"${note}"}`;
    expect(decode(record('é'.repeat(2_500_000)))).toMatchObject({
      rejected: { id: '4433256000013600001', reason: 'too-large' },
    });
    expect(decode(record('e'.repeat(2_500_000))).outcome).toBe('record');
  });

  it('does not take what every object inherits for a field', () => {
    expect(decode(`{${ID},${EVENT},${MODIFIED}}`, { eventField: 'constructor' })).toMatchObject({
      rejected: { reason: 'missing-partition' },
    });
  });
});
