import type { Command } from './resp-connection.ts';

/** Commands that occupy a connection or change its state; a REST request has no connection of its own. */
const UNAVAILABLE: ReadonlySet<string> = new Set(
  `AUTH BLMOVE BLMPOP BLPOP BRPOP BRPOPLPUSH BZMPOP BZPOPMAX BZPOPMIN CLIENT DISCARD EXEC HELLO MONITOR MULTI PSUBSCRIBE
   QUIT RESET SELECT SHUTDOWN SSUBSCRIBE SUBSCRIBE SYNC UNWATCH WAIT WATCH`.split(/\s+/),
);

/** What a read-only token may run: reads, without those that list the key space (SCAN, KEYS, RANDOMKEY). */
const READS: ReadonlySet<string> = new Set(
  `BITCOUNT BITFIELD_RO BITPOS DBSIZE DUMP ECHO EVALSHA_RO EVAL_RO EXISTS EXPIRETIME GEODIST GEOHASH GEOPOS
   GEORADIUSBYMEMBER_RO GEORADIUS_RO GEOSEARCH GET GETBIT GETRANGE HEXISTS HEXPIRETIME HGET HGETALL HKEYS HLEN HMGET
   HPEXPIRETIME HPTTL HRANDFIELD HSCAN HSTRLEN HTTL HVALS LCS LINDEX LLEN LPOS LRANGE MGET PEXPIRETIME PFCOUNT PING PTTL
   SCARD SDIFF SINTER SINTERCARD SISMEMBER SMEMBERS SMISMEMBER SORT_RO SRANDMEMBER SSCAN STRLEN SUBSTR SUNION TIME TTL
   TYPE XINFO XLEN XPENDING XRANGE XREAD XREVRANGE ZCARD ZCOUNT ZDIFF ZINTER ZINTERCARD ZLEXCOUNT ZMSCORE ZRANDMEMBER
   ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK ZREVRANGE ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE
   ZUNION`.split(/\s+/),
);

/** Why a command may not run, as Redis words it; `undefined` when it may. */
export function refusal(command: Command, readOnly: boolean): string | undefined {
  const name = command[0]?.toUpperCase() ?? '';
  if (UNAVAILABLE.has(name)) return `ERR Command is not available: '${name}'`;
  if (readOnly && !READS.has(name))
    return `NOPERM this user has no permissions to run the '${name.toLowerCase()}' command`;
  return undefined;
}
