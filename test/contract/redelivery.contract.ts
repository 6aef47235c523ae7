import { expect, it } from 'vitest';
import type { Delivery, Redelivery } from '../../lib/ports/redelivery.ts';

export interface RedeliveryHarness {
  readonly redelivery: Redelivery;
  /** Delivers a message that its lane would show again after 12 minutes. */
  readonly deliver: () => Promise<Delivery>;
  /** Receives the message if its lane shows it. */
  readonly receive: () => Promise<Delivery | undefined>;
  readonly pass: (ms: number) => Promise<void>;
}

/** What everything must do that decides when messages come back. */
export function redeliveryContract(make: () => RedeliveryHarness): void {
  it('lets a message come back at once', async () => {
    const { redelivery, deliver, receive } = make();
    const delivery = await deliver();
    expect(await receive()).toBeUndefined();
    await redelivery.comeBackAfter(delivery, 0);
    expect(await receive()).toMatchObject({ lane: delivery.lane });
  });

  it('lets a message come back after a while, counted in started seconds', async () => {
    const { redelivery, deliver, receive, pass } = make();
    await redelivery.comeBackAfter(await deliver(), 400);
    await pass(500);
    expect(await receive()).toBeUndefined();
    await pass(700);
    expect(await receive()).toBeDefined();
  });

  it('refuses what was never delivered', async () => {
    const { redelivery } = make();
    await expect(redelivery.comeBackAfter({ lane: 'scheduled', receipt: 'nobody' }, 0)).rejects.toThrow(
      'does not exist',
    );
  });
}
