import type { Connection } from '../../lib/ports/connections.ts';

export const ZOHO_SECRETS = {
  clientId: '1000.CLIENT',
  clientSecret: 'client-secret-1',
  refreshToken: '1000.refresh.token',
};

export const ZOHO_SETTINGS = {
  dataCenter: 'US',
  owner: 'acme',
  app: 'event-desk',
  registrations: { report: 'All_Registrations' },
  events: { report: 'All_Events', titleField: 'Name' },
  timeZone: 'America/New_York',
};

/** A Zoho Creator connection with the settings changed as given. */
export function zohoConnection(
  settings: Readonly<Record<string, unknown>> = {},
  rest: Partial<Connection> = {},
): Connection {
  return {
    id: 'main',
    source: 'zoho-creator',
    enabled: true,
    policy: {},
    settings: { ...ZOHO_SETTINGS, ...settings },
    secrets: ZOHO_SECRETS,
    ...rest,
  };
}
