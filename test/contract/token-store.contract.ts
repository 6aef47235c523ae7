import { expect, it } from 'vitest';
import { plusMs } from '../../lib/domain/instant.ts';
import type { AccessToken, TokenStore } from '../../lib/ports/token-store.ts';
import type { Workbench } from '../support/table-backends.ts';

const LEASE_MS = 10_000;
const REFUSED = { code: 'source-unauthorized', reason: 'the token request was refused' } as const;

/** What every store of tokens does, whatever is behind it. */
export function tokenStoreContract(make: () => Workbench<TokenStore>): void {
  const setUp = () => {
    const bench = make();
    const token: AccessToken = { value: 'token-1', expiresAt: plusMs(bench.clock.now(), 3_600_000) };
    return { ...bench, token, one: bench.open(), other: bench.open() };
  };

  it('has no token at first', async () => {
    const { one, connection } = setUp();
    expect(await one.read(connection)).toEqual({ token: undefined, version: 0 });
  });

  it('stores what a refresh brought, for everybody', async () => {
    const { one, other, connection, token } = setUp();
    expect(await one.beginRefresh(connection, 0, LEASE_MS)).toBe(true);
    expect(await one.read(connection)).toEqual({ token: undefined, version: 0 });
    await one.finishRefresh(connection, 0, { ...token, apiDomain: 'https://www.zohoapis.eu' });
    const stored = { token: { ...token, apiDomain: 'https://www.zohoapis.eu' }, version: 1 };
    expect(await other.read(connection)).toEqual(stored);
    expect(await other.beginRefresh(connection, 1, LEASE_MS)).toBe(true);
    await other.finishRefresh(connection, 1, { ...token, value: 'token-2' });
    expect(await one.read(connection)).toEqual({ token: { ...token, value: 'token-2' }, version: 2 });
  });

  it('keeps the refresh token that came with a token for as long as each brings one', async () => {
    const { one, other, connection, token } = setUp();
    const refresh = { value: 'refresh-2', origin: '0123456789abcdef' };
    await one.beginRefresh(connection, 0, LEASE_MS);
    await one.finishRefresh(connection, 0, { ...token, refresh });
    expect(await other.read(connection)).toEqual({ token: { ...token, refresh }, version: 1 });
    await other.beginRefresh(connection, 1, LEASE_MS);
    await other.finishRefresh(connection, 1, token);
    expect(await one.read(connection)).toEqual({ token, version: 2 });
  });

  it('lets one of many refresh', async () => {
    const { open, connection } = setUp();
    const taken = await Promise.all(Array.from({ length: 6 }, () => open().beginRefresh(connection, 0, LEASE_MS)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it('refuses who has not seen the newest token', async () => {
    const { one, other, connection, token } = setUp();
    await one.beginRefresh(connection, 0, LEASE_MS);
    await one.finishRefresh(connection, 0, token);
    expect(await other.beginRefresh(connection, 0, LEASE_MS)).toBe(false);
  });

  it('passes the right on once its lease has expired, and then takes nothing from a late holder', async () => {
    const { one, other, connection, token, clock } = setUp();
    await one.beginRefresh(connection, 0, LEASE_MS);
    clock.advance(LEASE_MS - 1);
    expect(await other.beginRefresh(connection, 0, LEASE_MS)).toBe(false);
    clock.advance(1);
    expect(await other.beginRefresh(connection, 0, LEASE_MS)).toBe(true);
    await one.finishRefresh(connection, 0, { ...token, value: 'late' });
    await one.abandonRefresh(connection, 0, { ...REFUSED, retryAt: clock.now() });
    expect(await one.read(connection)).toEqual({ token: undefined, version: 0 });
    expect(await one.beginRefresh(connection, 0, LEASE_MS)).toBe(false);
    await other.finishRefresh(connection, 0, token);
    expect(await one.read(connection)).toEqual({ token, version: 1 });
  });

  it('does nothing for one who never took the right', async () => {
    const { one, other, connection, token } = setUp();
    await other.finishRefresh(connection, 0, token);
    await one.beginRefresh(connection, 0, LEASE_MS);
    await other.finishRefresh(connection, 0, token);
    expect(await one.read(connection)).toEqual({ token: undefined, version: 0 });
  });

  it('waits after a refresh that was given up, and says why until another begins', async () => {
    const { one, other, connection, token, clock } = setUp();
    await one.beginRefresh(connection, 0, LEASE_MS);
    const givenUp = { ...REFUSED, retryAt: plusMs(clock.now(), 60_000) };
    await one.abandonRefresh(connection, 0, givenUp);
    expect(await other.read(connection)).toEqual({ token: undefined, version: 0, givenUp });
    clock.advance(59_999);
    expect(await other.beginRefresh(connection, 0, LEASE_MS)).toBe(false);
    clock.advance(1);
    expect(await other.beginRefresh(connection, 0, LEASE_MS)).toBe(true);
    expect(await one.read(connection)).toEqual({ token: undefined, version: 0 });
    await other.finishRefresh(connection, 0, token);
    expect(await one.read(connection)).toEqual({ token, version: 1 });
  });

  it('keeps connections apart', async () => {
    const { one, connection } = setUp();
    await one.beginRefresh(connection, 0, LEASE_MS);
    expect(await one.beginRefresh(`${connection}-b`, 0, LEASE_MS)).toBe(true);
  });
}
