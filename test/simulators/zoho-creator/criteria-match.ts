import type { Instant } from '../../../lib/domain/instant.ts';
import type { Comparison, Criteria, TextTest } from './criteria-grammar.ts';
import { type Comparator, CriteriaError } from './criteria-tokens.ts';
import { type LocalFormat, parseLocal } from './local-time.ts';
import type { LookupForm } from './options.ts';
import { type FieldDefinition, fieldOf, type ReportDefinition } from './report-schema.ts';
import type { FieldValue } from './simulated-data.ts';

/** What criteria can ask of a record. */
export interface Matchable {
  readonly id: string;
  readonly added: Instant;
  readonly modified: Instant;
  readonly values: Readonly<Record<string, FieldValue>>;
}

export interface MatchRules {
  readonly report: ReportDefinition;
  readonly local: LocalFormat;
  readonly lookupForms: readonly LookupForm[];
  readonly wrongLookupForm: 'error' | 'matches-nothing';
}

export type Match = (record: Matchable) => boolean;

const NEVER: Match = () => false;

/** Criteria as a test of records. @throws CriteriaError for unknown fields and for forms that do not work */
export function compileCriteria(criteria: Criteria, rules: MatchRules): Match {
  if (criteria.kind === 'comparison') return compileComparison(criteria, rules);
  if (criteria.kind === 'text-test') return compileTextTest(criteria, rules);
  const parts = criteria.parts.map((part) => compileCriteria(part, rules));
  return criteria.kind === 'all'
    ? (record) => parts.every((part) => part(record))
    : (record) => parts.some((part) => part(record));
}

/** Whether criteria depend on the index of times, which may lag behind. */
export function asksForTimes(criteria: Criteria, report: ReportDefinition): boolean {
  if ('parts' in criteria) {
    return criteria.parts.some((part) => asksForTimes(part, report));
  }
  return fieldOf(report, criteria.field)?.kind === 'date-time';
}

function compileComparison(comparison: Comparison, rules: MatchRules): Match {
  const field = knownField(comparison.field, rules.report);
  const { comparator, literal } = comparison;
  if (field.kind === 'lookup') return compileLookup(comparison, rules);
  if (comparison.ofId) throw new CriteriaError(`${field.name} is no lookup`);
  switch (field.kind) {
    case 'id':
      return compileId(comparison, (record) => record.id);
    case 'date-time':
      return compileTime(comparison, field, rules.local);
    case 'number':
      return (record) => holds(comparator, Math.sign(Number(textOf(record, field)) - Number(literal.text)));
    case 'text':
    case 'user':
      return (record) => holds(comparator, compareTexts(textOf(record, field), literal.text));
    case 'choices':
    case 'multi-lookup':
      throw new CriteriaError(`${field.name} holds several values`);
  }
}

/** An ill-formed date is no error at the vendor: it matches nothing. Times are compared by the second. */
function compileTime(comparison: Comparison, field: FieldDefinition, local: LocalFormat): Match {
  const bound = comparison.literal.kind === 'text' ? parseLocal(comparison.literal.text, local) : undefined;
  if (bound === undefined) return NEVER;
  const seconds = Math.floor(bound / 1000);
  const read = (record: Matchable) => (field.name === 'Added_Time' ? record.added : record.modified);
  return (record) => holds(comparison.comparator, Math.floor(read(record) / 1000) - seconds);
}

function compileLookup(comparison: Comparison, rules: MatchRules): Match {
  if (!rules.lookupForms.includes(lookupForm(comparison))) {
    if (rules.wrongLookupForm === 'matches-nothing') return NEVER;
    throw new CriteriaError(`${comparison.field} cannot be compared in this form`);
  }
  return compileId(comparison, (record) => {
    const value = record.values[comparison.field];
    return typeof value === 'object' && 'ID' in value ? value.ID : undefined;
  });
}

function lookupForm({ ofId, literal }: Comparison): LookupForm {
  if (ofId) return 'dot';
  return literal.kind === 'number' ? 'number' : 'text';
}

/** Ids are compared as whole numbers of any length, never as doubles. */
function compileId({ comparator, literal }: Comparison, read: (record: Matchable) => string | undefined): Match {
  if (!/^\d+$/.test(literal.text)) return NEVER;
  const wanted = BigInt(literal.text);
  return (record) => {
    const id = read(record);
    if (id === undefined) return false;
    const actual = BigInt(id);
    return holds(comparator, actual === wanted ? 0 : actual > wanted ? 1 : -1);
  };
}

function compileTextTest({ field: name, test, text }: TextTest, rules: MatchRules): Match {
  const field = knownField(name, rules.report);
  if (field.kind !== 'text' && field.kind !== 'choices') throw new CriteriaError(`${name} is no text`);
  return (record) => {
    const value = record.values[name];
    if (Array.isArray(value)) return test === 'contains' && value.includes(text);
    return test === 'contains' ? textOf(record, field).includes(text) : textOf(record, field).startsWith(text);
  };
}

function knownField(name: string, report: ReportDefinition): FieldDefinition {
  const field = fieldOf(report, name);
  if (!field) throw new CriteriaError(`no field ${name} in ${report.linkName}`);
  return field;
}

function textOf(record: Matchable, field: FieldDefinition): string {
  const value = record.values[field.name];
  return typeof value === 'string' ? value : '';
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a > b ? 1 : -1;
}

function holds(comparator: Comparator, difference: number): boolean {
  switch (comparator) {
    case '==':
      return difference === 0;
    case '!=':
      return difference !== 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
  }
}
