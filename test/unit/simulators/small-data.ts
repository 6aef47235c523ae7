import { instantFromMs } from '../../../lib/domain/instant.ts';
import type { SimulatedData } from '../../simulators/zoho-creator/simulated-data.ts';

export const FIRST = '4433256000013547003';
export const SECOND = '4433256000013548000';

/** 2026-09-01T00:00:00Z: 07:00 in the app's zone. */
export const BASE = instantFromMs(Date.UTC(2026, 8, 1));

/** Two events; `count` registrations, one a second from `BASE` on, in turn in the first and the second event. */
export function smallData(count: number): SimulatedData {
  return {
    events: [
      { id: FIRST, title: 'First', added: BASE },
      { id: SECOND, title: 'Second', added: BASE },
    ],
    registrations: Array.from({ length: count }, (_, index) => ({
      id: String(4_433_256_000_014_000_000n + BigInt(index)),
      event: index % 2 === 0 ? FIRST : SECOND,
      added: instantFromMs(BASE + index * 1000),
    })),
  };
}
