import type { Connection } from '../../ports/connections.ts';
import { type OriginRules, vendorOrigin } from './vendor-origin.ts';

export interface HostOverride {
  /** Absent where nothing is set. */
  readonly origin?: string;
  readonly problems: readonly string[];
}

/** Another host of the vendor's that a setting names; anything else is a problem. */
export function hostOverride(name: string, connection: Connection, rules: OriginRules): HostOverride {
  const text = connection.settings[name];
  // A setting that is no text at all is reported by the schema.
  if (typeof text !== 'string') return { problems: [] };
  const origin = vendorOrigin(text, rules);
  return origin === undefined
    ? { problems: [`settings.${name}: is none of ${rules.hosts.join(', ')}`] }
    : { origin, problems: [] };
}
