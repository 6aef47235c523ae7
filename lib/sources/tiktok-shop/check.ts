import { msBetween } from '../../domain/instant.ts';
import { type CheckFinding, SourceFailure } from '../../ports/source.ts';
import { probeShop } from './check-probes.ts';
import type { Shop } from './shops.ts';
import { SHOP_STREAMS } from './streams.ts';
import type { TikTokShopParts } from './tiktok-shop-source.ts';

/** Shops beyond these are only listed: each costs about ten calls. */
const MOST_SHOPS = 5;
/** What the vendor allows a request's timestamp to be off by. */
const TOLERATED_BEHIND_MS = 300_000;
const TOLERATED_AHEAD_MS = 30_000;

/**
 * Probes what TikTok's documentation leaves open and only a live shop can tell: above all that a filter by update time
 * finds a record that is there and no other, and that pages come in the order asked for. Costs about ten calls a shop.
 */
export async function checkAccount(parts: TikTokShopParts): Promise<readonly CheckFinding[]> {
  try {
    await parts.api.authorize();
  } catch (error) {
    return [{ check: 'token', status: 'failed', message: wordsOf(error) }];
  }
  const token: CheckFinding = { check: 'token', status: 'ok', message: 'An access token was given.' };
  try {
    const shops = await parts.shops.all();
    if (shops.length === 0) return [token, noShops()];
    const probed = await probeShops(parts, shops);
    return [token, clockFinding(parts), ...probed];
  } catch (error) {
    return [token, { check: 'shops', status: 'failed', message: wordsOf(error) }];
  }
}

async function probeShops(parts: TikTokShopParts, shops: readonly Shop[]): Promise<readonly CheckFinding[]> {
  const findings: CheckFinding[] = [
    { check: 'shops', status: 'ok', message: `The connection reads ${shops.length} shop(s).` },
  ];
  for (const shop of shops.slice(0, MOST_SHOPS)) {
    for (const stream of SHOP_STREAMS) {
      try {
        findings.push(...(await probeShop(parts, stream, shop)));
      } catch (error) {
        const check = `${stream.definition.name}-readable`;
        findings.push({ check, status: 'failed', message: `Shop ${shop.id}: ${wordsOf(error)}` });
      }
    }
  }
  return findings;
}

function noShops(): CheckFinding {
  const message = 'The application is authorized for no shop: have a seller authorize it, or set shops.';
  return { check: 'shops', status: 'failed', message };
}

function clockFinding({ clock, sourceClock }: TikTokShopParts): CheckFinding {
  const aheadMs = msBetween(clock.now(), sourceClock.now());
  const check = 'clock';
  if (aheadMs <= TOLERATED_AHEAD_MS && aheadMs >= -TOLERATED_BEHIND_MS) {
    return { check, status: 'ok', message: "This machine's clock and the source's agree." };
  }
  const message = `This machine's clock is ${Math.round(aheadMs / 1_000)} seconds ahead of the source's: requests carry the source's time, and webhooks may be refused.`;
  return { check, status: 'warning', message };
}

/** A probe that the source would not answer is a finding too. */
function wordsOf(error: unknown): string {
  if (error instanceof SourceFailure) return error.message;
  throw error;
}
