import { accountSource } from '../kit/account-source.ts';
import { tikTokAccounts } from './tiktok-accounts.ts';
import { TikTokShopSource } from './tiktok-shop-source.ts';

/** Orders and products of TikTok shops. */
export const tikTokShop = accountSource(tikTokAccounts, (parts) => new TikTokShopSource(parts));
