import { describe, expect, it } from 'vitest';
import { SourceFailure, type SourceFailureCode } from '../../../lib/ports/source.ts';
import type { MakeVendor, VendorFault } from '../../simulators/simulated-vendor.ts';
import { SourceWorld } from './source-world.ts';

const EXPECTED: Readonly<Record<VendorFault, readonly SourceFailureCode[]>> = {
  unavailable: ['source-unavailable'],
  network: ['source-unavailable'],
  'rate-limited': ['source-rate-limited'],
  // The same, where the vendor has no day.
  'quota-spent': ['source-quota-spent', 'source-rate-limited'],
  truncated: ['source-malformed'],
  'page-of-html': ['source-malformed', 'source-unavailable'],
};

export function failureLaws(make: MakeVendor, stream: string): void {
  describe.each(Object.entries(EXPECTED))('an answer that is %s', (fault, codes) => {
    async function failed(): Promise<{ readonly world: SourceWorld; readonly failure: SourceFailure }> {
      const world = await SourceWorld.begin(make, { stream, pageSize: 3 });
      world.fill(9);
      // Whatever has to be known first, as tokens, is.
      await world.walkAll();
      world.clock.advance(60_000);
      world.vendor.faults.push(fault as VendorFault);
      return { world, failure: await failureOf(world) };
    }

    it('is a failure that may pass, and no empty page', async () => {
      const { failure } = await failed();
      expect(codes).toContain(failure.code);
      expect(failure.retryable).toBe(true);
    });

    it('says so without secrets, addresses with queries, or records', async () => {
      const { world, failure } = await failed();
      const { secrets } = world.vendor.connection('main');
      for (const secret of Object.values(secrets)) expect(failure.message).not.toContain(secret);
      expect(failure.message).not.toMatch(/[?&][A-Za-z_]+=/);
      for (const id of world.truth().keys()) expect(failure.message).not.toContain(id);
    });

    it('is over when the source says so', async () => {
      const { world, failure } = await failed();
      world.clock.advance(Math.max(60_000, (failure.retryAt ?? 0) - world.clock.now()));
      await world.openAnew();
      const { records } = await world.walkAll();
      expect(new Set(records.map(({ id }) => id))).toEqual(new Set(world.truth().keys()));
    });
  });

  it('says what is wrong with a connection without secrets, in words that hold none', async () => {
    const { vendor } = await SourceWorld.begin(make, { stream });
    const connection = vendor.connection('main');
    if (Object.keys(connection.secrets).length === 0) return;
    const problems = vendor.kind.problems({ ...connection, secrets: {} }, { allowLoopback: true });
    expect(problems.length).toBeGreaterThan(0);
    const mistaken = { ...connection, settings: { ...connection.settings, colour: 'blue' } };
    expect(vendor.kind.problems(mistaken, { allowLoopback: true }).join()).toContain('colour');
    for (const secret of Object.values(connection.secrets)) {
      expect(vendor.kind.problems(mistaken, { allowLoopback: true }).join()).not.toContain(secret);
    }
  });

  it('lets no connection of a deployed stage speak plain HTTP', async () => {
    const { vendor } = await SourceWorld.begin(make, { stream });
    expect(vendor.kind.problems(vendor.connection('main'), { allowLoopback: false })).not.toEqual([]);
  });
}

async function failureOf(world: SourceWorld): Promise<SourceFailure> {
  const [query = {}] = world.queries();
  try {
    await world.source.read({ stream: world.stream.name, ...query });
  } catch (error) {
    if (error instanceof SourceFailure) return error;
    throw error;
  }
  throw new Error('the read did not fail');
}
