import { type Answer, codeAnswer } from './answer.ts';
import { type Criteria, parseCriteria } from './criteria-grammar.ts';
import { CriteriaError } from './criteria-tokens.ts';
import type { ZohoBehaviour } from './options.ts';
import { fieldOf, type ReportDefinition } from './report-schema.ts';

const PARAMETERS = ['criteria', 'max_records', 'field_config', 'fields'];
/** Known from the version before, and of no effect: whoever pages with them reads the first page for ever. */
const IGNORED = ['from', 'limit'];
const VIEWS = ['quick_view', 'detail_view', 'custom', 'all'] as const;

export type FieldConfig = (typeof VIEWS)[number];

export interface RecordsQuery {
  readonly report: ReportDefinition;
  readonly criteria: Criteria | undefined;
  readonly fieldConfig: FieldConfig;
  /** The fields of `custom`. */
  readonly fields: readonly string[];
  readonly maxRecords: 200 | 500 | 1000;
  /** Equal for equal queries: what a cursor is bound to. */
  readonly signature: string;
}

export type QueryReading =
  | { readonly outcome: 'query'; readonly query: RecordsQuery }
  | { readonly outcome: 'refused'; readonly answer: Answer };

/** Whether a call says anything about what it wants. */
export function hasQueryParameters(parameters: URLSearchParams): boolean {
  return PARAMETERS.some((name) => parameters.has(name));
}

export function readRecordsQuery(
  report: ReportDefinition,
  parameters: URLSearchParams,
  behaviour: ZohoBehaviour,
): QueryReading {
  const strange = strangeParameter(parameters, behaviour);
  if (strange) return { outcome: 'refused', answer: strange };
  const fieldConfig = VIEWS.find((view) => view === (parameters.get('field_config') ?? 'quick_view'));
  if (!fieldConfig || (fieldConfig === 'custom' && behaviour.customView === 'refused'))
    return refused('Invalid value for field_config.', behaviour);
  const fields = fieldConfig === 'custom' ? (parameters.get('fields') ?? '').split(',').filter(Boolean) : [];
  if (fieldConfig === 'custom' && fields.length === 0)
    return { outcome: 'refused', answer: absent('fields', behaviour) };
  if (fields.some((name) => !isColumn(report, name, behaviour))) return refused('Invalid value for fields.', behaviour);
  const maxRecords = readMaxRecords(parameters.get('max_records'));
  const criteriaText = parameters.get('criteria') ?? '';
  const signature = JSON.stringify([report.linkName, criteriaText, fieldConfig, fields, maxRecords]);
  try {
    const criteria = criteriaText === '' ? undefined : parseCriteria(criteriaText);
    return { outcome: 'query', query: { report, criteria, fieldConfig, fields, maxRecords, signature } };
  } catch (error) {
    if (error instanceof CriteriaError) return refused(`Invalid criteria: ${error.message}`, behaviour);
    throw error;
  }
}

/** A field that the report does not show is none that can be asked of it. */
function isColumn(report: ReportDefinition, name: string, behaviour: ZohoBehaviour): boolean {
  const isHidden = report.stream === 'registrations' && behaviour.hiddenFields.includes(name);
  return fieldOf(report, name) !== undefined && !isHidden;
}

/** Only three sizes exist; anything else means the default. */
function readMaxRecords(text: string | null): 200 | 500 | 1000 {
  if (text === '500') return 500;
  return text === '1000' ? 1000 : 200;
}

function strangeParameter(parameters: URLSearchParams, behaviour: ZohoBehaviour): Answer | undefined {
  for (const name of new Set(parameters.keys())) {
    if (IGNORED.includes(name)) continue;
    if (!PARAMETERS.includes(name)) return codeAnswer(401, 1060, `Unknown parameter: ${name}`, behaviour);
    if (parameters.getAll(name).length > 1) return absent(name, behaviour);
  }
  return undefined;
}

function absent(name: string, behaviour: ZohoBehaviour): Answer {
  const message = `A mandatory parameter - '${name}' is either absent or has been used twice. Please check and try again.`;
  return codeAnswer(401, 1000, message, behaviour);
}

function refused(message: string, behaviour: ZohoBehaviour): QueryReading {
  const { status, code } = behaviour.criteriaError;
  return { outcome: 'refused', answer: codeAnswer(status, code, message, behaviour) };
}
