import { type Instant, plusMs } from '../../domain/instant.ts';
import { SourceFailure, type SourceFailureCode, type SourceResponse } from '../../ports/source.ts';
import { retryAfterMs } from '../kit/retry-after.ts';
import { shortVendorText } from '../kit/vendor-text.ts';
import { readWrapper, type Wrapper } from './wrapper.ts';

export interface Circumstances {
  /** This machine's clock. */
  readonly now: Instant;
  /** What is asked: `bookings`. */
  readonly api: string;
  /** Error texts by which this API says that there are no rows, as the operator has confirmed. */
  readonly emptyTexts: readonly string[];
}

interface Problem {
  readonly code: SourceFailureCode;
  readonly words: string;
  readonly retryAt?: Instant;
}

const DEFAULT_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 900_000;
/** What an API says when it will say the same next time. Anything else may pass by itself. */
const NEEDS_A_PERSON =
  /\b(?:unauthori[sz]ed|permission|denied|forbidden|log ?in|token|password|credentials?|invalid|required|not supported|deprecated)\b/i;

/**
 * The rows of an answer. Anything but an array of rows is a failure, whatever its HTTP status: an answer that is taken
 * for "no rows" by mistake looks like the deletion of everything.
 * @throws SourceFailure
 */
export function rowsOf(response: SourceResponse, circumstances: Circumstances): readonly string[] {
  const wrapper = readWrapper(response.body);
  if (response.status === 200 && wrapper.kind === 'rows') return wrapper.elements;
  if (response.status === 200 && meansEmpty(wrapper, circumstances.emptyTexts)) return [];
  const { code, words, retryAt } = problemOf(response, wrapper, circumstances.now);
  const said = 'said' in wrapper ? shortVendorText(wrapper.said) : '';
  throw new SourceFailure(
    code,
    `rental ${circumstances.api}: ${words} (HTTP ${response.status})${said === '' ? '' : `: ${said}`}`,
    { status: response.status, ...(retryAt === undefined ? {} : { retryAt }) },
  );
}

function meansEmpty(wrapper: Wrapper, emptyTexts: readonly string[]): boolean {
  const said = 'said' in wrapper ? wrapper.said.toLowerCase() : undefined;
  return emptyTexts.some((text) => text.trim().toLowerCase() === said);
}

function problemOf(response: SourceResponse, wrapper: Wrapper, now: Instant): Problem {
  const { status } = response;
  if (status === 429) {
    return { code: 'source-rate-limited', words: 'too many calls', retryAt: plusMs(now, pauseMs(response)) };
  }
  if (status >= 500 || status === 408) return { code: 'source-unavailable', words: 'the service is failing' };
  if (status === 401 || status === 403) {
    return { code: 'source-unauthorized', words: 'access was refused: check the token and the user' };
  }
  if (status === 415) {
    return { code: 'source-misconfigured', words: 'the content type was refused: set contentType to the other one' };
  }
  if (status >= 400) return { code: 'source-misconfigured', words: 'the request was refused: check the path' };
  switch (wrapper.kind) {
    case 'no-json':
    case 'rows':
      return { code: 'source-malformed', words: 'the body is no answer of the API' };
    case 'no-rows':
      return { code: codeOf(wrapper.said), words: 'the answer has no place for rows' };
    case 'refused':
      return { code: codeOf(wrapper.said), words: 'the answer says that it failed' };
  }
}

function codeOf(said: string | undefined): SourceFailureCode {
  return said !== undefined && NEEDS_A_PERSON.test(said) ? 'source-misconfigured' : 'source-unavailable';
}

function pauseMs({ headers, date }: SourceResponse): number {
  return Math.min(retryAfterMs(headers['retry-after'], date) ?? DEFAULT_PAUSE_MS, LONGEST_PAUSE_MS);
}
