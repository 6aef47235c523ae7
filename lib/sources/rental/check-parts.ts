import type { Clock } from '../../ports/clock.ts';
import type { FieldNames } from './field-names.ts';
import type { RentalClient } from './rental-client.ts';
import type { RentalSettings } from './settings.ts';

/** What the probes of a check work with. */
export interface CheckParts {
  readonly settings: RentalSettings;
  readonly client: RentalClient;
  readonly clock: Clock;
  readonly fields: FieldNames;
}
