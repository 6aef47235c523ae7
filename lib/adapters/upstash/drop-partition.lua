#!lua flags=allow-key-locking
-- Deletes the keys of one partition. The fence goes with them, so it is all or nothing.
--
-- KEYS[1]  HASH  stamps, with the fence
-- KEYS[2]  HASH  records
-- KEYS[3]  HASH  meta
--
-- ARGV[1]  fence, 16 digits
--
-- Replies {'fenced'} or {'dropped', records}.

local stored = redis.call('HGET', KEYS[1], '#fence')
if stored and stored > ARGV[1] then return { 'fenced' } end
local removed = redis.call('HLEN', KEYS[2])
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3])
return { 'dropped', removed }
