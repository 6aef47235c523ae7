import type { Instant } from '../../domain/instant.ts';

const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * How long a `Retry-After` or a reset header asks to wait, in milliseconds, in whichever of the forms in use: seconds to
 * wait, an HTTP date, or an instant in seconds or milliseconds since 1970. Instants are by the server's own clock.
 * `undefined` when it is absent or none of these; never negative.
 */
export function retryAfterMs(header: string | undefined, servedAt: Instant): number | undefined {
  const text = header?.trim();
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = instantMs(text);
  return at === undefined || Number.isNaN(at) ? undefined : Math.max(0, at - servedAt);
}

/** Ten digits are seconds since 1970 until the year 2286, and no wait that anybody asks for. */
function instantMs(text: string): number | undefined {
  if (/^\d{10}$/.test(text)) return Number(text) * 1000;
  if (/^\d{13}$/.test(text)) return Number(text);
  return HTTP_DATE.test(text) ? Date.parse(text) : undefined;
}
