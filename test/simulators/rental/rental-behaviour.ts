/** What the API is asked for: the stores, or the rows of one location or of all. */
export type RentalApiName = 'stores' | 'bookings' | 'returns';

/** The ways in which answers have been seen wrapped. */
export const WRAPPERS = ['dataSet.data', 'dataSet', 'data', 'result', 'bare'] as const;
export type WrapperShape = (typeof WRAPPERS)[number];

/** How field names are written in rows and wrappers. */
export const FIELD_CASES = ['camel', 'pascal', 'snake'] as const;
export type FieldCase = (typeof FIELD_CASES)[number];

/** What comes with status 200 instead of rows. */
export type Trouble =
  /** `status: false`, a description, and no rows. */
  | 'status-false'
  /** `status: false` beside an empty array. */
  | 'status-false-empty'
  /** `status: true` and `dataSet: null`. */
  | 'dataset-null';

export interface AnswerShape {
  readonly wrapper: WrapperShape;
  readonly fieldCase: FieldCase;
  readonly trouble?: Trouble;
  /** What it says of its trouble. */
  readonly errorDescription?: string;
  readonly latencyMs?: number;
}

export interface RentalBehaviour {
  /** Shapes by `bookings/7` (one location), `bookings` (an API), or `*`; the most exact one counts, part by part. */
  readonly shapes: Readonly<Record<string, Partial<AnswerShape>>>;
  /** Whether a Bearer token is asked for. */
  readonly token?: string;
  /** The content type that is accepted; both, unless it is said. */
  readonly contentType?: 'application/json' | 'application/json-patch+json';
  /** Whether the location that is asked for is heeded. */
  readonly heedsLocation: boolean;
  /** Whether rows name their location. */
  readonly namesLocation: boolean;
  /** Whether a booking number alone, without days, finds anything. */
  readonly numberNeedsDays: boolean;
}

export const DEFAULT_BEHAVIOUR: RentalBehaviour = {
  shapes: {},
  heedsLocation: true,
  namesLocation: true,
  numberNeedsDays: false,
};

/**
 * The shape of one answer. Where nothing is said, wrappers differ from location to location, as they do from client to
 * client: whoever understands one location only is found out.
 */
export function shapeOf(behaviour: RentalBehaviour, api: RentalApiName, location: string): AnswerShape {
  const number = Buffer.from(location).reduce((sum, byte) => sum + byte, 0);
  return {
    wrapper: WRAPPERS[number % WRAPPERS.length] ?? 'bare',
    fieldCase: FIELD_CASES[number % FIELD_CASES.length] ?? 'camel',
    ...behaviour.shapes['*'],
    ...behaviour.shapes[api],
    ...behaviour.shapes[`${api}/${location}`],
  };
}

/** `bookingNo` as `BookingNo` or `booking_no`. */
export function inCase(name: string, fieldCase: FieldCase): string {
  switch (fieldCase) {
    case 'camel':
      return name;
    case 'pascal':
      return name.charAt(0).toUpperCase() + name.slice(1);
    case 'snake':
      return name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  }
}
