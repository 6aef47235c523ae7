import { makeClinikoVendor } from '../../simulators/cliniko/cliniko-vendor.ts';
import { makeRentalVendor } from '../../simulators/rental/rental-vendor.ts';
import type { MakeVendor } from '../../simulators/simulated-vendor.ts';
import { makeTikTokVendor } from '../../simulators/tiktok-shop/tiktok-vendor.ts';
import { makeZohoVendor } from '../../simulators/zoho-creator/zoho-vendor.ts';

export interface VendorSubject {
  readonly make: MakeVendor;
  /** Whether queries by time show every record that was added, edited or moved. */
  readonly deltasShowChanges: boolean;
  /** Whether they show every record that has left too: else that may wait for an audit. */
  readonly deltasShowRemovals: boolean;
}

/** Every simulated vendor, by the kind of its source. */
export const VENDORS: Readonly<Record<string, VendorSubject>> = {
  cliniko: { make: makeClinikoVendor, deltasShowChanges: true, deltasShowRemovals: true },
  rental: { make: makeRentalVendor, deltasShowChanges: true, deltasShowRemovals: false },
  'tiktok-shop': { make: makeTikTokVendor, deltasShowChanges: true, deltasShowRemovals: false },
  'zoho-creator': { make: makeZohoVendor, deltasShowChanges: true, deltasShowRemovals: false },
};
