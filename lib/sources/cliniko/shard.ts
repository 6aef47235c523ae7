/** Where accounts of before shards live: their keys have no suffix. */
const FIRST_SHARD = 'au1';

/** What may stand in a host name: anything else would let a key choose the host that it is sent to. */
export const SHARD = /^[a-z]{2}\d{1,2}$/;

/** The shard that an API key names with its suffix, `…-au2`; `undefined` when the suffix is none. */
export function shardOfKey(apiKey: string): string | undefined {
  const dash = apiKey.lastIndexOf('-');
  if (dash === -1) return FIRST_SHARD;
  const suffix = apiKey.slice(dash + 1);
  return SHARD.test(suffix) ? suffix : undefined;
}

/** The host of a shard: `api.au2.cliniko.com`. */
export function hostOfShard(shard: string): string {
  return `api.${shard}.cliniko.com`;
}
