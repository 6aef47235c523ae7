import type { MakeVendor } from '../../simulators/simulated-vendor.ts';
import { makeZohoVendor } from '../../simulators/zoho-creator/zoho-vendor.ts';

/** Every simulated vendor, by the kind of its source. */
export const VENDORS: Readonly<Record<string, MakeVendor>> = {
  'zoho-creator': makeZohoVendor,
};
