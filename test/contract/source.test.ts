import { describe } from 'vitest';
import { makeZohoVendor } from '../simulators/zoho-creator/zoho-vendor.ts';
import { sourceContract } from './source.contract.ts';

describe('Zoho Creator', () => {
  sourceContract(makeZohoVendor);
});
