import { describe } from 'vitest';
import type { MakeVendor } from '../simulators/simulated-vendor.ts';
import { deltaLaws } from './source/deltas.ts';
import { failureLaws } from './source/failures.ts';
import { pagingLaws } from './source/paging.ts';
import { partitionLaws } from './source/partitions.ts';
import { recordLaws } from './source/records.ts';

/** What every source must do, whatever its vendor's protocol: the core relies on nothing else. */
export function sourceContract(make: MakeVendor): void {
  const { streams } = make({ nowMs: () => Date.UTC(2026, 0, 1), seed: 1 });
  for (const { name } of streams) {
    describe(`stream ${name}`, () => {
      partitionLaws(make, name);
      recordLaws(make, name);
      pagingLaws(make, name);
      deltaLaws(make, name);
      failureLaws(make, name);
    });
  }
}
