import { type Instant, plusMs } from '../../domain/instant.ts';
import { SourceFailure, type SourceFailureCode, type SourceResponse } from '../../ports/source.ts';
import { isJsonObject, ownField } from '../kit/exact-json.ts';
import { sliceJsonArray } from '../kit/json-slices.ts';
import { retryAfterMs } from '../kit/retry-after.ts';
import { shortVendorText } from '../kit/vendor-text.ts';

/** One page of a list, as it was answered. */
export interface ListAnswer {
  /** The exact text of every row. */
  readonly rows: readonly string[];
  /** Whether another page follows. The link itself is not followed: the next page is asked for by id, or else by number. */
  readonly hasMore: boolean;
  /** The number of the page that follows, where its link tells it. */
  readonly number?: number;
  readonly total?: number;
}

const DEFAULT_PAUSE_MS = 60_000;
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 3_600_000;

/**
 * Takes an answer apart.
 * @param root the field that holds the rows
 * @param now this machine's clock
 * @throws SourceFailure
 */
export function readAnswer(response: SourceResponse, root: string, now: Instant): ListAnswer {
  if (response.status !== 200) throw failureOf(response, now);
  const sliced = sliceJsonArray(response.body, root);
  if (sliced?.elements === undefined) throw failed('source-malformed', 'the body is no list of the API', response);
  const links = ownField(sliced.envelope, 'links');
  const next = isJsonObject(links) ? ownField(links, 'next') : undefined;
  const total = ownField(sliced.envelope, 'total_entries');
  const number = typeof next === 'string' ? /[?&]page=(\d{1,9})(?:&|$)/.exec(next)?.[1] : undefined;
  return {
    rows: sliced.elements,
    hasMore: typeof next === 'string' && next !== '',
    ...(number === undefined ? {} : { number: Number(number) }),
    ...(typeof total === 'number' && Number.isSafeInteger(total) && total >= 0 ? { total } : {}),
  };
}

/** What a status means: the vendor has no codes of its own. */
function failureOf(response: SourceResponse, now: Instant): SourceFailure {
  const { status } = response;
  if (status === 429) {
    const retryAt = plusMs(now, pauseMs(response) ?? DEFAULT_PAUSE_MS);
    return failed('source-rate-limited', 'too many calls in a minute', response, retryAt);
  }
  if (status >= 500 || status === 408) {
    const pause = pauseMs(response);
    return failed(
      'source-unavailable',
      'the service is failing',
      response,
      pause === undefined ? undefined : plusMs(now, pause),
    );
  }
  if (status === 401) return failed('source-unauthorized', 'the API key is not accepted', response);
  if (status === 403) return failed('source-unauthorized', "the API key's user may not see this", response);
  if (status === 404)
    return failed('source-misconfigured', 'there is no such list: is the shard the right one?', response);
  if (status >= 400) return failed('source-misconfigured', `the request was refused${wordsOf(response)}`, response);
  return failed('source-malformed', 'the answer is none of the API', response);
}

/** The reset header counts seconds since 1970 by the vendor's clock: what it asks for is a wait. */
function pauseMs({ headers, date }: SourceResponse): number | undefined {
  const asked = retryAfterMs(headers['x-ratelimit-reset'] ?? headers['retry-after'], date);
  return asked === undefined ? undefined : Math.max(SHORTEST_PAUSE_MS, Math.min(asked, LONGEST_PAUSE_MS));
}

function wordsOf({ body }: SourceResponse): string {
  const message = /"(?:message|error)"\s*:\s*"([^"\\]{1,200})"/.exec(body)?.[1];
  const words = message === undefined ? '' : shortVendorText(message);
  return words === '' ? '' : `: ${words}`;
}

function failed(code: SourceFailureCode, words: string, { status }: SourceResponse, retryAt?: Instant): SourceFailure {
  return new SourceFailure(code, `Cliniko: ${words} (HTTP ${status})`, {
    status,
    ...(retryAt === undefined ? {} : { retryAt }),
  });
}
