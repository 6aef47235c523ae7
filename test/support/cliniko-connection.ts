import type { Connection } from '../../lib/ports/connections.ts';

export const CLINIKO_KEY = 'MS0xNzIwNjExOTk1MjMw-au2';

export const CLINIKO_SETTINGS = {
  organization: 'north-clinic',
  userAgent: 'Front desk (it@clinic.example)',
  timeZone: 'Australia/Sydney',
};

/** A Cliniko connection with the settings changed as given. */
export function clinikoConnection(
  settings: Readonly<Record<string, unknown>> = {},
  rest: Partial<Connection> = {},
): Connection {
  return {
    id: 'clinic',
    source: 'cliniko',
    enabled: true,
    policy: {},
    settings: { ...CLINIKO_SETTINGS, ...settings },
    secrets: { apiKey: CLINIKO_KEY },
    ...rest,
  };
}
