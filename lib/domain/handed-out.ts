import { hash } from 'node:crypto';
import type { RejectedRecord, RemovedRecord, SourceRecord } from './record.ts';

const SHORT_HASH_LENGTH = 8;

/** As many as keep the stream's item within one write unit. */
export const MAX_HANDED_OUT = 72;

/** 48 bits over id, modified time and content: which version of which record a delta handed out. */
export function versionHash(record: SourceRecord): string {
  return short(`${record.id}\n${record.modified}\n${record.body}`);
}

/** The same for a record that could not be read. */
export function rejectionHash(rejected: RejectedRecord): string {
  return short(`${rejected.id}\n${rejected.modified ?? ''}\n${rejected.contentHash}`);
}

/** The same for what the source says has left: no body is empty. */
export function leftHash({ id, modified }: RemovedRecord): string {
  return short(`${id}\n${modified}\n`);
}

/**
 * What to remember of a delta's result, so that the next delta, whose overlap returns it again, hands out only what is
 * new. The latest modified stay longest in the overlap and are kept; whatever is forgotten is handed out again, which
 * costs messages and changes nothing.
 */
export function rememberHandedOut(
  versions: readonly { readonly hash: string; readonly modified: number }[],
): readonly string[] {
  return versions
    .toSorted((a, b) => b.modified - a.modified)
    .slice(0, MAX_HANDED_OUT)
    .map((version) => version.hash);
}

function short(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, SHORT_HASH_LENGTH);
}
