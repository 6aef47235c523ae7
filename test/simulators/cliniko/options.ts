/** Where the vendor's behaviour is undocumented or reported in different ways: each can be chosen. */
export interface ClinikoBehaviour {
  /** Whether an `id` is a JSON number or a JSON string. */
  readonly idsAs: 'number' | 'string';
  /** Whether the plain lists show what is archived or cancelled too. */
  readonly plainListsShowGone: boolean;
  /** Whether deleting, archiving or cancelling sets `updated_at` as well. */
  readonly leavingTouches: boolean;
  /** Whether `deleted_at`, and `archived_at` of patients, may be filtered by, which no documentation says. */
  readonly filtersByLeavingTimes: boolean;
  /** How long after a write queries with a time in their filters still see the version before it. */
  readonly indexLagMs: number;
  /** Rows that a page holds at the most; the vendor's own maximum is 100. */
  readonly mostPerPage: number;
}

export const DEFAULT_BEHAVIOUR: ClinikoBehaviour = {
  idsAs: 'string',
  plainListsShowGone: false,
  leavingTouches: true,
  filtersByLeavingTimes: true,
  indexLagMs: 0,
  mostPerPage: 100,
};

export interface AccountOptions {
  /** The organization's name: its partition. */
  readonly organization: string;
  readonly seed: number;
  /** True time in epoch milliseconds. */
  readonly nowMs: () => number;
  /** IANA zone of the clinic. */
  readonly timeZone?: string;
  readonly perMinute?: number;
  readonly behaviour?: Partial<ClinikoBehaviour>;
}

/** As the vendor documents it: calls a minute and user. */
export const VENDOR_PER_MINUTE = 200;
export const DEFAULT_ZONE = 'Australia/Melbourne';
