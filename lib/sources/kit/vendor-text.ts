const MAX_LENGTH = 120;

/**
 * A vendor's own words, fit for a log line: what may be a value is taken out (quoted text, addresses, tokens, URLs,
 * markup, runs with digits), and the rest is cut to 120 characters.
 */
export function shortVendorText(text: string): string {
  const masked = text
    .slice(0, 500)
    .replace(/<[^>]*>/g, ' ')
    .replace(/"[^"]*"?|'[^']*'?|`[^`]*`?|[“‘][^”’]*[”’]?/g, '…')
    .replace(/\S*(?:@|:\/\/)\S*/g, '…')
    .replace(/\S*\d\S*/g, '…')
    .replace(/[^\p{L}\p{N}\p{P}\p{Zs}…]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return masked.length <= MAX_LENGTH ? masked : `${masked.slice(0, MAX_LENGTH - 1)}…`;
}
