import { expect, it } from 'vitest';
import type { ConnectionRegistry, KnownConnection } from '../../lib/ports/connection-registry.ts';
import type { Workbench } from '../support/table-backends.ts';

const REGISTRATIONS = { stream: 'registrations', partitionKind: 'event', locators: true };
const ORDERS = { stream: 'orders', partitionKind: 'shop', locators: false };

/** What every registry of connections does, whatever is behind it. */
export function connectionRegistryContract(make: () => Workbench<ConnectionRegistry>): void {
  const setUp = () => {
    const { open, connection } = make();
    const known: KnownConnection = { connection, streams: [REGISTRATIONS, ORDERS] };
    // The registry is one for the stage: other tests have their connections in it.
    const ours = async () => (await open().list()).filter((each) => each.connection.startsWith(connection));
    return { registry: open(), known, ours };
  };

  it('lists the connections it was told', async () => {
    const { registry, known, ours } = setUp();
    expect(await ours()).toEqual([]);
    const other = { connection: `${known.connection}-b`, streams: [] };
    await registry.remember(other);
    await registry.remember(known);
    await registry.remember(known);
    expect(await ours()).toEqual([known, other]);
  });

  it('renews what it knows', async () => {
    const { registry, known, ours } = setUp();
    await registry.remember(known);
    const changed = { ...known, streams: [{ ...REGISTRATIONS, locators: false }] };
    await registry.remember(changed);
    expect(await ours()).toEqual([changed]);
  });

  it('forgets a connection, once and again', async () => {
    const { registry, known, ours } = setUp();
    await registry.remember(known);
    await registry.forget(known.connection);
    await registry.forget(known.connection);
    expect(await ours()).toEqual([]);
  });
}
