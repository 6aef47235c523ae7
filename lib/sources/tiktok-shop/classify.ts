import { type Instant, plusMs } from '../../domain/instant.ts';
import { SourceFailure, type SourceFailureCode } from '../../ports/source.ts';
import { shortVendorText } from '../kit/vendor-text.ts';

/** What TikTok answered, as far as it decides what the answer means. */
export interface Answer {
  readonly status: number;
  /** The body's `code`, which decides before the HTTP status: failures come with 200. */
  readonly code?: string;
  readonly message?: string;
  readonly body: 'data' | 'json' | 'not-json';
  readonly retryAfterMs?: number;
}

export interface Circumstances {
  /** This machine's clock. */
  readonly now: Instant;
  /** Whether the request carried a page token. */
  readonly continued: boolean;
  /** Whether it asked for records by their ids. */
  readonly byIds: boolean;
}

export type Verdict =
  | { readonly outcome: 'answered' }
  | { readonly outcome: 'token-refused' }
  /** The request's timestamp lies outside of what the vendor's clock allows. */
  | { readonly outcome: 'clock-refused' }
  | { readonly outcome: 'page-token-refused' }
  /** What was asked for by id is not there, or not all of it. */
  | { readonly outcome: 'not-there' }
  | { readonly outcome: 'failed'; readonly failure: SourceFailure };

type Meaning =
  | Exclude<Verdict['outcome'], 'failed' | 'answered' | 'page-token-refused'>
  | 'parameter'
  | 'rate'
  | Extract<SourceFailureCode, 'source-misconfigured' | 'source-unavailable' | 'source-malformed'>;

interface Rule {
  readonly meaning: Meaning;
  readonly words: string;
}

const EXPIRED: Rule = { meaning: 'token-refused', words: 'the access token is refused' };
const UNAVAILABLE: Rule = { meaning: 'source-unavailable', words: 'the service is failing' };
const RATE: Rule = { meaning: 'rate', words: 'too many calls' };
const NOT_THERE: Rule = { meaning: 'not-there', words: 'the shop has no such record' };
const NO_ANSWER: Rule = { meaning: 'source-malformed', words: 'the body is no answer of the API' };
const wrong = (words: string): Rule => ({ meaning: 'source-misconfigured', words });
const PARAMETER: Rule = { meaning: 'parameter', words: 'a parameter is refused' };

const CODES: Readonly<Record<string, Rule>> = {
  105001: EXPIRED,
  105002: EXPIRED,
  106001: wrong('the signature is refused: check appSecret'),
  106013: wrong('a shop cipher is missing: check shops'),
  101000: wrong('the token does not belong to the shop: check the shop cipher, or have the seller authorize again'),
  105005: wrong('the application lacks a scope: enable it and have the seller authorize again'),
  36009002: RATE,
  36009037: RATE,
  36009003: UNAVAILABLE,
  36009007: UNAVAILABLE,
  36009009: wrong('there is no such path'),
  36009010: wrong('the method is not allowed'),
  36009014: wrong('the API version is not known'),
  36009022: wrong('the body is not understood'),
  36009023: wrong('the content type is not understood'),
  36009033: wrong("this machine's address is not on the application's list"),
  36009043: wrong('the shop is disabled'),
  36009044: wrong('the seller is disabled'),
  36009004: PARAMETER,
  98001004: PARAMETER,
  21008111: NOT_THERE,
  12009014: NOT_THERE,
  12052032: NOT_THERE,
  12052048: NOT_THERE,
  12052260: NOT_THERE,
};

/** One code stands for many refused parameters: only the words tell which. */
const BY_WORDS: readonly { readonly words: RegExp; readonly rule: Rule }[] = [
  { words: /access.token/i, rule: EXPIRED },
  { words: /timestamp/i, rule: { meaning: 'clock-refused', words: 'the timestamp is refused: check the clock' } },
  { words: /signature/i, rule: wrong('the signature is refused: check appSecret') },
  { words: /app_key/i, rule: wrong('the application key is refused: check appKey') },
  { words: /shop_(?:cipher|id)/i, rule: wrong('the shop is refused: check shops') },
];

const DEFAULT_PAUSE_MS = 60_000;
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** What an answer means. */
export function classify(answer: Answer, circumstances: Circumstances): Verdict {
  if (answer.code === '0' && answer.status === 200 && answer.body === 'data') return { outcome: 'answered' };
  const rule = ruleOf(answer);
  switch (rule.meaning) {
    case 'token-refused':
    case 'clock-refused':
      return { outcome: rule.meaning };
    case 'not-there':
      return circumstances.byIds ? { outcome: 'not-there' } : failed('source-misconfigured', rule, answer);
    case 'parameter':
      // The query itself was accepted on its first page.
      return circumstances.continued ? { outcome: 'page-token-refused' } : failed('source-misconfigured', rule, answer);
    case 'rate':
      return failed(
        'source-rate-limited',
        rule,
        answer,
        plusMs(circumstances.now, pauseMs(answer) ?? DEFAULT_PAUSE_MS),
      );
    case 'source-unavailable': {
      const pause = pauseMs(answer);
      return failed(rule.meaning, rule, answer, pause === undefined ? undefined : plusMs(circumstances.now, pause));
    }
    case 'source-misconfigured':
    case 'source-malformed':
      return failed(rule.meaning, rule, answer);
  }
}

/** The failure that a refused token or clock is when correcting it did not help. */
export function stillRefused(verdict: 'token-refused' | 'clock-refused', answer: Answer): SourceFailure {
  return verdict === 'token-refused'
    ? failureOf('source-unauthorized', { ...EXPIRED, words: 'a newly made access token is refused too' }, answer)
    : failureOf('source-misconfigured', wrong('the timestamp is refused, even by the clock of the source'), answer);
}

function ruleOf(answer: Answer): Rule {
  if (answer.status >= 500) return UNAVAILABLE;
  if (answer.status === 429) return RATE;
  if (answer.body === 'not-json') return NO_ANSWER;
  const known = answer.code === undefined ? undefined : CODES[answer.code];
  if (known === PARAMETER) return BY_WORDS.find(({ words }) => words.test(answer.message ?? ''))?.rule ?? PARAMETER;
  if (known !== undefined) return known;
  if (answer.code === '0' || answer.code === undefined) return answer.status === 401 ? EXPIRED : NO_ANSWER;
  if (/page.?token|cursor/i.test(answer.message ?? '')) return PARAMETER;
  if (answer.status === 401) return EXPIRED;
  return answer.status === 403 ? wrong('access is refused') : UNAVAILABLE;
}

function pauseMs({ retryAfterMs }: Answer): number | undefined {
  if (retryAfterMs === undefined) return undefined;
  return Math.max(SHORTEST_PAUSE_MS, Math.min(retryAfterMs, LONGEST_PAUSE_MS));
}

function failed(code: SourceFailureCode, rule: Rule, answer: Answer, retryAt?: Instant): Verdict {
  return { outcome: 'failed', failure: failureOf(code, rule, answer, retryAt) };
}

function failureOf(code: SourceFailureCode, rule: Rule, answer: Answer, retryAt?: Instant): SourceFailure {
  const where = answer.code === undefined ? `HTTP ${answer.status}` : `HTTP ${answer.status}, code ${answer.code}`;
  const said = answer.message === undefined || answer.body === 'not-json' ? '' : shortVendorText(answer.message);
  return new SourceFailure(code, `TikTok Shop: ${rule.words} (${where})${said === '' ? '' : `: ${said}`}`, {
    status: answer.status,
    ...(answer.code === undefined ? {} : { vendorCode: answer.code }),
    ...(retryAt === undefined ? {} : { retryAt }),
  });
}
