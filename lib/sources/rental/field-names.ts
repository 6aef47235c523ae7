import { plainName } from './fields.ts';

/** Which fields of a row say what, by plain names, most telling first. */
export interface FieldNames {
  readonly bookingNo: readonly string[];
  readonly phone: readonly string[];
  readonly name: readonly string[];
  readonly leadType: readonly string[];
  /** The id of the location a row belongs to. */
  readonly location: readonly string[];
  /** Its name, for people. */
  readonly store: readonly string[];
  /** In the list of stores: the id of the location that a row is about. */
  readonly storeId: readonly string[];
  readonly storeName: readonly string[];
}

/** What an operator may say instead, one name each. */
export type FieldSettings = { readonly [what in keyof FieldNames]?: string | undefined };

const LOCATION_IDS = ['locationid', 'locid', 'storeid', 'branchid', 'loccode'];
const LOCATION_NAMES = ['locationname', 'location', 'storename', 'store', 'branchname', 'branch', 'locname'];

/** Names that have been seen in clients of the API, and their nearest neighbours. */
const KNOWN: FieldNames = {
  bookingNo: ['bookingno', 'bookingnumber'],
  phone: ['phone', 'phoneno', 'phonenumber', 'mobile', 'mobileno', 'mobilenumber', 'contactno', 'customerphone'],
  name: ['customername', 'custname', 'name', 'customer'],
  leadType: ['leadtype'],
  location: LOCATION_IDS,
  store: LOCATION_NAMES,
  storeId: [...LOCATION_IDS, 'id'],
  storeName: [...LOCATION_NAMES, 'name'],
};

export function fieldNames(settings: FieldSettings): FieldNames {
  const names = (what: keyof FieldNames) => {
    const said = settings[what];
    return said === undefined ? KNOWN[what] : [plainName(said)];
  };
  return {
    bookingNo: names('bookingNo'),
    phone: names('phone'),
    name: names('name'),
    leadType: names('leadType'),
    location: names('location'),
    store: names('store'),
    storeId: names('storeId'),
    storeName: names('storeName'),
  };
}
