#!lua flags=allow-key-locking
-- Writes down anew what one partition keeps about itself, as its writer has found it.
--
-- KEYS[1]  HASH  stamps, with the partition's own fields
-- KEYS[2]  HASH  meta: what readers are told
--
-- ARGV[1]  fence, 16 digits
-- ARGV[2]  count; '': more is to come, and only stamps are dropped
-- ARGV[3]  number of stamps to drop
-- ARGV[..] ids of stamps to drop; with a count: digests: field, value
--
-- Replies {'restated' or 'fenced' or 'lost', calls}. Every call is billed, so every call is counted.

local fence, count, lost = ARGV[1], ARGV[2], tonumber(ARGV[3])
local stored = redis.call('HGET', KEYS[1], '#fence')
if not stored then return { 'lost', 1 } end
if stored > fence then return { 'fenced', 1 } end

local calls = 1
if lost > 0 then
  redis.call('HDEL', KEYS[1], unpack(ARGV, 4, 3 + lost))
  calls = calls + 1
end
if count ~= '' then
  redis.call('HSET', KEYS[1], '#fence', fence, '#count', count, unpack(ARGV, 4 + lost))
  redis.call('HSET', KEYS[2], 'count', count)
  calls = calls + 2
end
return { 'restated', calls }
