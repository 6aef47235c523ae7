import type { MakeVendor } from '../../simulators/simulated-vendor.ts';
import { makeZohoVendor } from '../../simulators/zoho-creator/zoho-vendor.ts';

export interface VendorSubject {
  readonly make: MakeVendor;
  /** Whether queries by time show every change, so that only what has left may wait for an audit. */
  readonly deltasShowAll: boolean;
}

/** Every simulated vendor, by the kind of its source. */
export const VENDORS: Readonly<Record<string, VendorSubject>> = {
  'zoho-creator': { make: makeZohoVendor, deltasShowAll: true },
};
