import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Instant, instantFromMs } from '../../domain/instant.ts';

/** How far a webhook's own time may be from ours: an older one may be a copy of one that was overheard. */
export const WEBHOOK_TOLERANCE_MS = 300_000;

/** Whether a webhook was sent just now, by its own time. */
export function isRecent(sentAt: Instant, now: Instant): boolean {
  return Math.abs(now - sentAt) <= WEBHOOK_TOLERANCE_MS;
}

/** Seconds or milliseconds since 1970, as text; `undefined` when it is neither. */
export function parseEpoch(text: string): Instant | undefined {
  if (!/^\d{10}(\d{3})?$/.test(text)) return undefined;
  return instantFromMs(text.length === 10 ? Number(text) * 1_000 : Number(text));
}

/**
 * Whether `given`, in hex or base64, is the HMAC-SHA256 of the parts, one after the other, under `secret`. The time it
 * takes tells nothing about the signature that was expected.
 */
export function isSignature(given: string, secret: string, parts: readonly (string | Uint8Array)[]): boolean {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  const expected = hmac.digest();
  const bytes = signatureBytes(given);
  return bytes !== undefined && timingSafeEqual(bytes, expected);
}

/** A signature in one spelling, however it was written; `undefined` when it is none. */
export function signatureName(given: string): string | undefined {
  return signatureBytes(given)?.toString('hex');
}

function signatureBytes(given: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(given)) return Buffer.from(given, 'hex');
  // 32 bytes are 43 characters, of which the last has two bits to spare, and one to fill up.
  return /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(given) ? Buffer.from(given, 'base64') : undefined;
}
