import { describe } from 'vitest';
import { makeClinikoVendor } from '../simulators/cliniko/cliniko-vendor.ts';
import { makeTikTokVendor } from '../simulators/tiktok-shop/tiktok-vendor.ts';
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
