/** Who goes first, at the queue and at the call budget. Earlier is more urgent. */
export const PRIORITIES = ['webhook', 'force', 'scheduled', 'full', 'audit'] as const;

export type Priority = (typeof PRIORITIES)[number];
