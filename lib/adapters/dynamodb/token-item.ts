import { EPOCH } from '../../domain/instant.ts';
import type { AccessToken, StoredToken } from '../../ports/token-store.ts';
import { compact, type Item, number, optional, readInstant, readNumber, readText, text } from './attributes.ts';

/**
 * The token item, version 1:
 *
 * v version · vn number of tokens stored · at token · ex its expiry · ad API domain · rf refresh token that came with it ·
 * ro which of the connection's own it descends from · rn number of rights to refresh taken · ru until when nobody else
 * may take it · rt token of the taking · gc code and gr words of the failure that gave the last refresh up
 */
export const TOKEN_ITEM_VERSION = 1;

export interface TokenItem {
  readonly stored: StoredToken;
  /** The last right's number: finishing demands it. */
  readonly right: number;
  readonly takenBy: string | undefined;
}

export function readToken(item: Item): TokenItem {
  return {
    stored: { token: readAccessToken(item), version: readNumber(item, 'vn') ?? 0, ...readGivenUp(item) },
    right: readNumber(item, 'rn') ?? 0,
    takenBy: readText(item, 'rt'),
  };
}

function readGivenUp(item: Item): Pick<StoredToken, 'givenUp'> {
  const [code, reason, retryAt] = [readText(item, 'gc'), readText(item, 'gr'), readInstant(item, 'ru')];
  if (code === undefined || reason === undefined || retryAt === undefined) return {};
  return { givenUp: { code, reason, retryAt } };
}

/** A token whose expiry cannot be read counts as expired. */
function readAccessToken(item: Item): AccessToken | undefined {
  const value = readText(item, 'at');
  if (value === undefined) return undefined;
  const apiDomain = readText(item, 'ad');
  const refresh = readText(item, 'rf');
  const origin = readText(item, 'ro');
  return {
    value,
    expiresAt: readInstant(item, 'ex') ?? EPOCH,
    ...(apiDomain !== undefined && { apiDomain }),
    ...(refresh !== undefined && origin !== undefined && { refresh: { value: refresh, origin } }),
  };
}

export function encodeToken({ value, expiresAt, apiDomain, refresh }: AccessToken): Item {
  return compact({
    at: text(value),
    ex: number(expiresAt),
    ad: optional(apiDomain, text),
    rf: optional(refresh?.value, text),
    ro: optional(refresh?.origin, text),
  });
}

/** Attributes that tell of a refresh that was given up. */
export const GIVEN_UP_ATTRIBUTES = ['gc', 'gr'] as const;

/** Attributes that a token need not have: what it lacks is removed. */
export const OPTIONAL_TOKEN_ATTRIBUTES = ['ad', 'rf', 'ro'] as const;
