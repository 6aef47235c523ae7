import type { Instant } from '../../domain/instant.ts';
import { contentHash, type RejectedRecord, type RejectionReason } from '../../domain/record.ts';

/** A record that cannot be applied, with what is known of it: enough to find it at the source. */
export function rejectedRecord(
  body: string,
  reason: RejectionReason,
  known: { readonly id?: string; readonly modified?: Instant } = {},
): RejectedRecord {
  const hash = contentHash(body);
  const { id = `hash:${hash}`, modified } = known;
  return { id, reason, contentHash: hash, ...(modified === undefined ? {} : { modified }) };
}
