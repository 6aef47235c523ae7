import { startClinikoAccount } from './cliniko-account.ts';
import { startRentalAccount } from './rental-account.ts';
import type { AccountOptions, SimulatedAccount } from './simulated-account.ts';
import { startTikTokAccount } from './tiktok-account.ts';
import { startZohoAccount } from './zoho-account.ts';

const STARTERS = {
  'zoho-creator': startZohoAccount,
  cliniko: startClinikoAccount,
  'tiktok-shop': startTikTokAccount,
  rental: startRentalAccount,
} as const satisfies Readonly<Record<string, (options: AccountOptions) => Promise<SimulatedAccount>>>;

export type SimulatedKind = keyof typeof STARTERS;

export const SIMULATED_KINDS = Object.keys(STARTERS).filter(isSimulatedKind);

export function isSimulatedKind(text: string): text is SimulatedKind {
  return Object.hasOwn(STARTERS, text);
}

/** One account of each kind, side by side. */
export function startAccounts(
  kinds: readonly SimulatedKind[],
  options: AccountOptions,
): Promise<readonly SimulatedAccount[]> {
  return Promise.all(kinds.map((kind) => STARTERS[kind](options)));
}
