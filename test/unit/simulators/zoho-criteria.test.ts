import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../lib/domain/instant.ts';
import { parseCriteria } from '../../simulators/zoho-creator/criteria-grammar.ts';
import { compileCriteria, type Matchable, type MatchRules } from '../../simulators/zoho-creator/criteria-match.ts';
import { CriteriaError } from '../../simulators/zoho-creator/criteria-tokens.ts';
import { REGISTRATIONS } from '../../simulators/zoho-creator/report-schema.ts';

const RULES: MatchRules = {
  report: REGISTRATIONS,
  local: { timeZone: 'Asia/Ho_Chi_Minh', dateFormat: 'dd-MMM-yyyy' },
  lookupForms: ['dot'],
  wrongLookupForm: 'error',
};

/** Modified at 12:00:00.500 in Ho Chi Minh City, added a day before. */
const RECORD: Matchable = {
  id: '4433256000013547003',
  added: instantFromMs(Date.UTC(2026, 8, 20, 5)),
  modified: instantFromMs(Date.UTC(2026, 8, 21, 5, 0, 0, 500)),
  values: {
    Event_Info: { ID: '4433256000013547000', display_value: 'Gala', zc_display_value: 'Gala' },
    Full_Name: 'Lê "Ti" An',
    Amount: '250000.00',
    Interests: ['AI/ML', 'DevOps'],
  },
};

function matches(criteria: string, rules: Partial<MatchRules> = {}): boolean {
  return compileCriteria(parseCriteria(criteria), { ...RULES, ...rules })(RECORD);
}

describe('criteria', () => {
  it.each([
    ['Modified_Time >= "21-Sep-2026 12:00:00"', true],
    ["Modified_Time >= '21-Sep-2026 12:00:00'", true],
    ['Modified_Time > "21-Sep-2026 12:00:00"', false],
    ['Modified_Time == "21-Sep-2026 12:00:00"', true],
    ['Modified_Time < "21-Sep-2026 12:00:01"', true],
    ['Modified_Time >= "21-Sep-2026"', true],
    ['Modified_Time >= "22-Sep-2026"', false],
    ['Amount > 249999 && Amount <= 250000', true],
    ['Full_Name == "Lê \\"Ti\\" An"', true],
    ['Full_Name.contains(\'"Ti"\')', true],
    ['Full_Name.startsWith("Ti")', false],
    ['Interests.contains("DevOps")', true],
    ['Interests.contains("Dev")', false],
    ['Event_Info.ID == "4433256000013547000"', true],
    ['ID == 4433256000013547003', true],
    ['ID == "4433256000013547002"', false],
    ['ID != 4433256000013547002', true],
  ])('%s is %s', (criteria, expected) => {
    expect(matches(criteria)).toBe(expected);
  });

  it('binds && tighter than ||, and parentheses tighter than both', () => {
    expect(matches('Amount > 0 || Amount > 0 && Amount < 0')).toBe(true);
    expect(matches('(Amount > 0 || Amount > 0) && Amount < 0')).toBe(false);
  });

  it.each([
    '2026-09-21T05:00:00Z',
    '2026-09-21 12:00:00',
    '21-09-2026 12:00:00',
    '21-SEP-2026 12:00:00',
    '21-Sep-2026 12:00',
    '1-Sep-2026 12:00:00',
    '31-Sep-2026 12:00:00',
    '21-Sep-2026 25:00:00',
    '',
  ])('an ill-formed date matches nothing and is no error: %s', (date) => {
    expect(matches(`Modified_Time >= "${date}"`)).toBe(false);
    expect(matches(`Modified_Time < "${date}"`)).toBe(false);
    expect(matches(`Modified_Time != "${date}"`)).toBe(false);
  });

  it.each([
    'Modified_Time = "21-Sep-2026 12:00:00"',
    'Amount > 0 AND Amount < 1',
    'Amount > 0 OR Amount < 1',
    'Created_Time >= "21-Sep-2026 12:00:00"',
    'Modified_Time >= 21-Sep-2026',
    'Nothing == 1',
    'Event_Info == "4433256000013547000"',
    'Event_Info == 4433256000013547000',
    'Amount.ID == 1',
    'Interests == "AI/ML"',
    'Full_Name.endsWith("An")',
    'Full_Name.contains(An)',
    '(Amount > 0',
    'Amount > 0)',
    'Amount >',
    'Amount > 0 &&',
    'Full_Name == "open',
    'Amount > 0; Amount < 1',
    '(((',
  ])('what the vendor does not know is an error: %s', (criteria) => {
    expect(() => matches(criteria)).toThrow(CriteriaError);
  });

  it('compares a lookup only in the forms that are switched on', () => {
    expect(matches('Event_Info == 4433256000013547000', { lookupForms: ['number'] })).toBe(true);
    expect(matches('Event_Info == "4433256000013547000"', { lookupForms: ['text'] })).toBe(true);
    expect(() => matches('Event_Info.ID == "4433256000013547000"', { lookupForms: ['text'] })).toThrow(CriteriaError);
    expect(matches('Event_Info == 4433256000013547000', { wrongLookupForm: 'matches-nothing' })).toBe(false);
  });

  it('reads dates in the format of the app', () => {
    const local = { timeZone: 'UTC', dateFormat: 'MM/dd/yyyy' };
    expect(matches('Modified_Time == "09/21/2026 05:00:00"', { local })).toBe(true);
    expect(matches('Modified_Time == "21-Sep-2026 05:00:00"', { local })).toBe(false);
  });
});
