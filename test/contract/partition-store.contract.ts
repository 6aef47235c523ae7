import { describe } from 'vitest';
import type { PartitionStore } from '../../lib/ports/partition-store.ts';
import type { Workbench } from '../support/table-backends.ts';
import { commitContract } from './partition-commits.contract.ts';
import { forceContract } from './partition-forces.contract.ts';
import { leaseContract } from './partition-leases.contract.ts';
import { listingContract, unfinishedContract } from './partition-lists.contract.ts';
import { concurrentMarkContract, markContract } from './partition-marks.contract.ts';

/** What every store of partitions does, whatever is behind it. */
export function partitionStoreContract(make: () => Workbench<PartitionStore>): void {
  describe('lease', () => {
    leaseContract(make);
  });
  describe('commit', () => {
    commitContract(make);
  });
  describe('marks', () => {
    markContract(make);
  });
  describe('marks during a lease', () => {
    concurrentMarkContract(make);
  });
  describe('forces and cancellations', () => {
    forceContract(make);
  });
  describe('unfinished work', () => {
    unfinishedContract(make);
  });
  describe('listing', () => {
    listingContract(make);
  });
}
