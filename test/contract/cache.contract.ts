import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { cacheAudits } from './cache-audits.ts';
import { cacheDrops } from './cache-drops.ts';
import { cacheExactBytes } from './cache-exact-bytes.ts';
import { cacheFences } from './cache-fences.ts';
import type { CacheHarness } from './cache-harness.ts';
import { cacheLayouts } from './cache-layouts.ts';
import { cacheMeta } from './cache-meta.ts';
import { cacheMoves } from './cache-moves.ts';
import { cachePages } from './cache-pages.ts';
import { cacheRepair } from './cache-repair.ts';
import { cacheScans } from './cache-scans.ts';
import { cacheSegments } from './cache-segments.ts';
import { cacheSweeps } from './cache-sweeps.ts';
import { cacheTombstones } from './cache-tombstones.ts';
import { cacheVersions } from './cache-versions.ts';
import { inSegments } from './segmented-harness.ts';

export interface OpenHarness {
  readonly harness: CacheHarness;
  close(): Promise<void>;
}

/**
 * What every cache must do.
 * @param absent whether there is nothing to run on: the tests are then listed as skipped
 */
export function cacheContract(name: string, open: () => Promise<OpenHarness>, absent = false): void {
  describe.skipIf(absent)(`cache: ${name}`, () => {
    let opened: OpenHarness | undefined;
    const harness = (): CacheHarness => {
      if (opened === undefined) throw new Error('the harness is not open');
      return opened.harness;
    };

    beforeAll(async () => {
      opened = await open();
    });
    beforeEach(() => harness().flush());
    afterAll(() => opened?.close());

    partitionContract(harness);
    cacheSweeps(harness);
    cacheSegments(harness);
    describe('in segments', () => {
      partitionContract(() => inSegments(harness()));
    });
  });
}

function partitionContract(harness: () => CacheHarness): void {
  cacheVersions(harness);
  cacheFences(harness);
  cacheMeta(harness);
  cacheMoves(harness);
  cacheRepair(harness);
  cacheTombstones(harness);
  cacheScans(harness);
  cacheAudits(harness);
  cacheDrops(harness);
  cacheLayouts(harness);
  cachePages(harness);
  cacheExactBytes(harness);
}
