import { CacheFailure } from '../../ports/cache.ts';

/** Upstash's client appends the whole command, values included: only what stands before it may be looked at. */
const COMMAND = ', command was: ';

const UNAUTHORIZED = /^(WRONGPASS|NOAUTH)|unauthorized/i;
const FULL = /capacity quota|max (database|data|storage) size|\bOOM\b/i;
/** The per-month and per-second limits of a plan, its budget, and what passes by itself. */
const BUSY =
  /max (daily )?(requests?|bandwidth) limit|rate limit|too many requests|budget|^(BUSY|LOADING|READONLY|MASTERDOWN|TRYAGAIN)\b/i;
/** What Redis answers when it understood and will not: a code in capitals. */
const REFUSED = /^-?[A-Z]{2,}\b/;

/** What kind of failure an error of the client is. The result holds neither command nor values, nor does its cause. */
export function toCacheFailure(error: unknown): CacheFailure {
  if (error instanceof CacheFailure) return error;
  if (isTimeout(error)) return new CacheFailure('cache-unavailable', 'the cache did not answer in time');
  const text = redisError(error);
  if (text === undefined) return new CacheFailure('cache-unavailable', 'the cache could not be reached or understood');
  if (UNAUTHORIZED.test(text)) return new CacheFailure('cache-unauthorized', 'the cache refuses the token');
  if (FULL.test(text)) return new CacheFailure('cache-full', 'the cache is full and takes no writes');
  if (BUSY.test(text))
    return new CacheFailure('cache-unavailable', 'the cache is busy, or its plan is used up for now');
  if (REFUSED.test(text))
    return new CacheFailure('cache-refused', `the cache refuses the command (${errorCode(text)})`);
  return new CacheFailure('cache-unavailable', 'the cache answered with an error of its own');
}

/** Whether Redis does not hold the script that was called by its digest. */
export function isUnknownScript(error: unknown): boolean {
  return redisError(error)?.startsWith('NOSCRIPT') ?? false;
}

/** The reply is not what the command answers: nothing may be concluded from it. */
export function unexpectedReply(command: string): CacheFailure {
  return new CacheFailure('cache-unavailable', `the cache gave an unexpected answer to ${command}`);
}

function redisError(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'UpstashError') return undefined;
  return error.message.split(COMMAND, 1)[0];
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
}

function errorCode(text: string): string {
  return /[A-Z]{2,}/.exec(text)?.[0] ?? 'ERR';
}
