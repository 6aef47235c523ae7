/**
 * Hosts per data centre. Canada's accounts host is not under zoho.ca; the UK's hosts are known from client code only.
 * The API host is what the token response says, and this one where it says nothing.
 */
export const DATA_CENTERS = {
  US: { accounts: 'accounts.zoho.com', api: 'www.zohoapis.com' },
  EU: { accounts: 'accounts.zoho.eu', api: 'www.zohoapis.eu' },
  IN: { accounts: 'accounts.zoho.in', api: 'www.zohoapis.in' },
  AU: { accounts: 'accounts.zoho.com.au', api: 'www.zohoapis.com.au' },
  JP: { accounts: 'accounts.zoho.jp', api: 'www.zohoapis.jp' },
  CA: { accounts: 'accounts.zohocloud.ca', api: 'www.zohoapis.ca' },
  SA: { accounts: 'accounts.zoho.sa', api: 'www.zohoapis.sa' },
  CN: { accounts: 'accounts.zoho.com.cn', api: 'www.zohoapis.com.cn' },
  UK: { accounts: 'accounts.zoho.uk', api: 'www.zohoapis.uk' },
} as const;

export const API_HOSTS: readonly string[] = Object.values(DATA_CENTERS).map((hosts) => hosts.api);

export const ACCOUNTS_HOSTS: readonly string[] = Object.values(DATA_CENTERS).map((hosts) => hosts.accounts);
