import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../../lib/domain/instant.ts';
import { Criterion, type LookupForm } from '../../../../lib/sources/zoho-creator/criteria.ts';
import { DATE_FORMATS, DateCodec } from '../../../../lib/sources/zoho-creator/date-codec.ts';

const form = fc.constantFrom<LookupForm>('dot-id', 'bare', 'quoted');
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '1 || ID != 0',
    '1" || "" == "',
    "1' || ID != '0",
    '%2F',
    '1\n',
    ' 1',
    '+1',
    '１２',
    '1e3',
    '12345678901234567890',
  ),
);

describe('criteria', () => {
  it('ask for what was added or modified since a local time', () => {
    const criterion = Criterion.changedSince('Added_Time', 'Modified_Time', '21-Nov-2026 01:40:00');
    expect(criterion.text).toBe("(Added_Time >= '21-Nov-2026 01:40:00' || Modified_Time >= '21-Nov-2026 01:40:00')");
  });

  it.each([
    ['dot-id', 'Event_Info.ID == "4433256000013547003"'],
    ['bare', 'Event_Info == 4433256000013547003'],
    ['quoted', 'Event_Info == "4433256000013547003"'],
  ] as const)('name an event in the form %s', (lookupForm, text) => {
    expect(Criterion.lookupIs('Event_Info', '4433256000013547003', lookupForm).text).toBe(text);
  });

  it('join with && and keep alternatives in parentheses', () => {
    const ids = Criterion.idIn(['1', '22']);
    expect(Criterion.allOf(ids, Criterion.lookupIs('Event', '3', 'bare')).text).toBe(
      '(ID == 1 || ID == 22) && Event == 3',
    );
    expect(Criterion.allOf(ids)).toBe(ids);
  });

  it('take no id that is not 1 to 19 digits', () => {
    fc.assert(
      fc.property(hostile, form, (text, lookupForm) => {
        fc.pre(!/^[0-9]{1,19}$/.test(text));
        expect(() => Criterion.idIn(['1', text])).toThrow(RangeError);
        expect(() => Criterion.lookupIs('Event_Info', text, lookupForm)).toThrow(RangeError);
      }),
    );
  });

  it('take no field name and no date-time that could end a literal', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        fc.pre(!/^[A-Za-z][A-Za-z0-9_]*$/.test(text));
        expect(() => Criterion.lookupIs(text, '1', 'bare')).toThrow(RangeError);
        expect(() => Criterion.changedSince(text, 'Modified_Time', '21-Nov-2026 01:40:00')).toThrow(RangeError);
        expect(() => Criterion.changedSince('Added_Time', text, '21-Nov-2026 01:40:00')).toThrow(RangeError);
      }),
    );
    for (const text of ["x' || ID != '0", "1'", '1"', '1\\', '', '1\n']) {
      expect(() => Criterion.changedSince('Added_Time', 'Modified_Time', text)).toThrow(RangeError);
    }
  });

  it('made of accepted parts hold only these parts', () => {
    const id = fc.stringMatching(/^[0-9]{1,19}$/);
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,20}$/);
    const zone = fc.constantFrom('America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe');
    const instant = fc.integer({ min: 0, max: 4e12 }).map(instantFromMs);
    const ids = fc.array(id, { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(
        ids,
        name,
        form,
        fc.constantFrom(...DATE_FORMATS),
        zone,
        instant,
        (some, field, lookup, format, tz, since) => {
          const time = new DateCodec(format, tz).lowerBoundText(since);
          const parts = [
            Criterion.changedSince(field, field, time),
            Criterion.lookupIs(field, some[0] ?? '', lookup),
          ] as const;
          const { text } = Criterion.allOf(Criterion.idIn(some), ...parts);
          const words = text.replace(/'[\w ./:-]+'|"\d+"/g, 'LITERAL').split(/[ ()]+|\|\||&&|==|>=/);
          for (const word of words) expect(word).toMatch(/^(ID|LITERAL|\d{1,19}|[A-Za-z]\w*(\.ID)?)?$/);
        },
      ),
    );
  });

  it('take at most 50 ids, and at least one', () => {
    const ids = Array.from({ length: 51 }, (_, index) => String(index));
    expect(() => Criterion.idIn(ids)).toThrow(RangeError);
    expect(() => Criterion.idIn([])).toThrow(RangeError);
    expect(Criterion.idIn(ids.slice(1)).text.match(/ID == /g)).toHaveLength(50);
  });
});
