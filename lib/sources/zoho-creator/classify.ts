import { nextReset } from '../../domain/day-quota.ts';
import { earlierOf, type Instant, plusMs } from '../../domain/instant.ts';
import { SourceFailure, type SourceFailureCode } from '../../ports/source.ts';
import { shortVendorText } from '../kit/vendor-text.ts';

/** What Creator answered, as far as it decides what the answer means. */
export interface Answer {
  readonly status: number;
  /** The body's `code`, which may come as a number or a string. */
  readonly code?: string;
  readonly message?: string;
  readonly body: 'records' | 'json' | 'not-json';
  readonly retryAfterMs?: number;
}

export interface Circumstances {
  /** This machine's clock. */
  readonly now: Instant;
  /** Zone in whose midnight the day's calls begin anew. */
  readonly quotaZone: string;
  /** Whether the request went on from a page token. */
  readonly continued: boolean;
}

export type Verdict =
  | { readonly outcome: 'records' }
  | { readonly outcome: 'empty' }
  | { readonly outcome: 'token-refused' }
  | { readonly outcome: 'failed'; readonly failure: SourceFailure };

/** The codes of limits are not among them: which limit it is depends on how long the vendor asks to wait. */
type PlainFailureCode = Exclude<SourceFailureCode, 'source-rate-limited' | 'source-quota-spent' | 'source-down'>;

interface Rule {
  readonly meaning: 'records' | 'empty' | 'token-refused' | 'quota' | 'rate' | PlainFailureCode;
  readonly words: string;
}

const NOTHING: Rule = { meaning: 'empty', words: 'there is nothing' };

/** What Creator's own codes mean, whatever HTTP status they come with. */
const CODES: Readonly<Record<string, Rule>> = {
  3000: { meaning: 'records', words: 'records' },
  9220: NOTHING,
  9280: NOTHING,
  3100: NOTHING,
  4000: { meaning: 'quota', words: "the day's API calls are spent" },
  2955: { meaning: 'rate', words: 'too many calls in a minute' },
  1030: { meaning: 'token-refused', words: 'the access token is invalid or expired' },
  2945: {
    meaning: 'source-misconfigured',
    words: 'the token lacks the scope ZohoCreator.report.READ: make a new refresh token with it',
  },
  1000: { meaning: 'source-misconfigured', words: 'a parameter is missing or doubled, or the URL is wrong' },
  1060: {
    meaning: 'source-misconfigured',
    words: 'a parameter is unknown, or the application is not shared with the user',
  },
  2933: { meaning: 'source-misconfigured', words: 'the user may not enter the application' },
  2898: { meaning: 'source-misconfigured', words: 'the user may not view the report' },
  1130: { meaning: 'source-misconfigured', words: 'API access is switched off' },
  1080: { meaning: 'source-misconfigured', words: 'the application is disabled' },
  1040: { meaning: 'source-misconfigured', words: 'there is no such owner' },
  2892: { meaning: 'source-misconfigured', words: 'there is no such application' },
  2894: { meaning: 'source-misconfigured', words: 'there is no such report' },
  2930: { meaning: 'source-unavailable', words: 'an error occurred; if it stays, the cause may be missing rights' },
  1020: { meaning: 'source-misconfigured', words: 'the method is not allowed' },
  3970: { meaning: 'source-misconfigured', words: 'more records were asked for than a page holds' },
};

const CRITERION_REFUSED: Rule = {
  meaning: 'source-misconfigured',
  words: 'the filter was refused: check dateFormat, lookupCriterion and the field names',
};
const CURSOR_EXPIRED: Rule = { meaning: 'source-cursor-expired', words: 'the page token is no longer good' };
const RATE_LIMITED: Rule = { meaning: 'rate', words: 'too many calls' };
const UNAVAILABLE: Rule = { meaning: 'source-unavailable', words: 'the service is failing' };
const NO_ANSWER: Rule = { meaning: 'source-malformed', words: 'the body is no answer of the API' };
const REFUSED: Rule = { meaning: 'source-unauthorized', words: 'access was refused' };
const NOT_UNDERSTOOD: Rule = { meaning: 'source-misconfigured', words: 'the request was refused' };

/** Statuses that an empty result has been seen with. With any other an "empty" code is not believed. */
const EMPTY_STATUSES: ReadonlySet<number> = new Set([200, 400, 404]);
const SHORTEST_PAUSE_MS = 1_000;
const DEFAULT_PAUSE_MS = 60_000;
/** A longer wait than this is not a minute's limit but the day's. */
const LONGEST_PAUSE_MS = 300_000;

/** What an answer means. Below HTTP 500 codes decide before statuses: a spent quota comes with 200, and an empty report with 400. */
export function classify(answer: Answer, circumstances: Circumstances): Verdict {
  const rule = ruleOf(answer, circumstances.continued);
  switch (rule.meaning) {
    case 'records':
    case 'empty':
    case 'token-refused':
      return { outcome: rule.meaning };
    case 'quota':
      return failed('source-quota-spent', rule, answer, resumption(answer, circumstances));
    case 'rate':
      return isDayLimit(answer)
        ? failed('source-quota-spent', CODES[4000] ?? rule, answer, resumption(answer, circumstances))
        : failed(
            'source-rate-limited',
            rule,
            answer,
            resumeAfter(pauseMs(answer) ?? DEFAULT_PAUSE_MS, circumstances.now),
          );
    case 'source-unavailable':
      return failed(rule.meaning, rule, answer, resumeAfter(pauseMs(answer), circumstances.now));
    case 'source-malformed':
    case 'source-misconfigured':
    case 'source-unauthorized':
    case 'source-cursor-expired':
      return failed(rule.meaning, rule, answer);
  }
}

function ruleOf(answer: Answer, continued: boolean): Rule {
  if (answer.status >= 500) return UNAVAILABLE;
  const known = answer.code === undefined ? undefined : CODES[answer.code];
  if (answer.status === 429) return known?.meaning === 'quota' ? known : RATE_LIMITED;
  if (known === undefined) return ruleOfUnknown(answer, continued);
  if (continued && answer.status >= 400 && /cursor/i.test(answer.message ?? '')) return CURSOR_EXPIRED;
  if (known.meaning === 'records') return answer.status === 200 && answer.body === 'records' ? known : NO_ANSWER;
  if (known.meaning === 'empty') return EMPTY_STATUSES.has(answer.status) ? known : NO_ANSWER;
  // A spent quota and a refused filter have been reported under one code; only the words tell them apart.
  if (known.meaning === 'quota' && /\b(?:criteria|criterion|format|syntax)/i.test(answer.message ?? ''))
    return CRITERION_REFUSED;
  return known;
}

function ruleOfUnknown(answer: Answer, continued: boolean): Rule {
  if (answer.status === 401) return REFUSED;
  if (answer.status === 408) return UNAVAILABLE;
  if (answer.body === 'not-json' || answer.status < 400) return NO_ANSWER;
  // How a dead page token is answered is not documented. The query itself was accepted on its first page.
  return continued && answer.status !== 403 ? CURSOR_EXPIRED : NOT_UNDERSTOOD;
}

function isDayLimit(answer: Answer): boolean {
  return answer.retryAfterMs !== undefined && answer.retryAfterMs > LONGEST_PAUSE_MS;
}

/** When a spent day ends: at the midnight of the quota's zone, or as early as the vendor itself says. */
function resumption(answer: Answer, circumstances: Circumstances): Instant {
  const reset = nextReset(circumstances.quotaZone, circumstances.now);
  return isDayLimit(answer) ? earlierOf(reset, plusMs(circumstances.now, answer.retryAfterMs ?? 0)) : reset;
}

/** The wait the vendor asks for, within what one wait may last. */
function pauseMs(answer: Answer): number | undefined {
  if (answer.retryAfterMs === undefined) return undefined;
  return Math.max(SHORTEST_PAUSE_MS, Math.min(answer.retryAfterMs, LONGEST_PAUSE_MS));
}

function resumeAfter(ms: number | undefined, now: Instant): Instant | undefined {
  return ms === undefined ? undefined : plusMs(now, ms);
}

function failed(code: SourceFailureCode, rule: Rule, answer: Answer, retryAt?: Instant): Verdict {
  const where = answer.code === undefined ? `HTTP ${answer.status}` : `HTTP ${answer.status}, code ${answer.code}`;
  const said = answer.message === undefined || answer.body === 'not-json' ? '' : shortVendorText(answer.message);
  const message = `Zoho Creator: ${rule.words} (${where})${said === '' ? '' : `: ${said}`}`;
  const failure = new SourceFailure(code, message, {
    status: answer.status,
    ...(answer.code === undefined ? {} : { vendorCode: answer.code }),
    ...(retryAt === undefined ? {} : { retryAt }),
  });
  return { outcome: 'failed', failure };
}
