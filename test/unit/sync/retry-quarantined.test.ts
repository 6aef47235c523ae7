import { expect, it } from 'vitest';
import type { RejectedRecord } from '../../../lib/domain/record.ts';
import { LIBRARY, World } from '../../support/world.ts';

it('a quarantined record that is due is asked for, though many that are not stand before it', async () => {
  const world = new World();
  world.server.put('a1', 'a', 'old');
  await world.load();
  const rejected = (id: string): RejectedRecord => ({ id, reason: 'malformed', contentHash: 'aaaaaaaaaaaaaaaa' });
  const others = Array.from({ length: 120 }, (_, index) => rejected(`q${1_000 + index}`));
  await world.quarantine.put(LIBRARY, [...others, rejected('z1')]);
  world.server.put('z1', 'a', 'healthy now');
  await world.quarantine.makeDue(LIBRARY, 'z1');
  await world.cycle();
  expect(await world.quarantine.find(LIBRARY, 'z1')).toBeUndefined();
  expect(await world.quarantine.list(LIBRARY, 200)).toHaveLength(120);
});
