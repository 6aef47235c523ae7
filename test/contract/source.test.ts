import { describe } from 'vitest';
import { makeClinikoVendor } from '../simulators/cliniko/cliniko-vendor.ts';
import { makeRentalStoresVendor, makeRentalVendor } from '../simulators/rental/rental-vendor.ts';
import { makeTikTokVendor, TikTokVendor } from '../simulators/tiktok-shop/tiktok-vendor.ts';
import { makeZohoVendor } from '../simulators/zoho-creator/zoho-vendor.ts';
import { sourceContract } from './source.contract.ts';

describe('Zoho Creator', () => {
  sourceContract(makeZohoVendor);
});

describe('Cliniko', () => {
  sourceContract(makeClinikoVendor);
});

describe('TikTok Shop', () => {
  sourceContract(makeTikTokVendor);
});

describe('the rental API', () => {
  sourceContract(makeRentalVendor);
});

describe('the rental API’s list of stores', () => {
  sourceContract(makeRentalStoresVendor);
});

describe('TikTok Shop, where page tokens count rows', () => {
  const behaviour = { pageTokens: 'count-rows', refusalStatus: 'fitting', unknownIds: 'leave-out' } as const;
  sourceContract((options) => new TikTokVendor(options, { behaviour }));
});
