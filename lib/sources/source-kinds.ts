import type { SourceKind } from '../ports/source.ts';
import { cliniko } from './cliniko/cliniko.ts';
import { manual } from './manual/manual.ts';
import { rental } from './rental/rental.ts';
import { tikTokShop } from './tiktok-shop/tiktok-shop.ts';
import { zohoCreator } from './zoho-creator/zoho-creator.ts';

/** Every kind of source that a connection can name. */
export const SOURCE_KINDS: readonly SourceKind[] = [cliniko, rental, tikTokShop, zohoCreator, manual];
