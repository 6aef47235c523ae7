#!lua flags=allow-key-locking
-- Deletes the keys of one partition. The fence goes with them, so it is all or nothing.
--
-- KEYS[1]  HASH  stamps, with the fence
-- KEYS[2]  HASH  meta
-- KEYS[..] HASH  records, one key per layout
--
-- ARGV[1]  fence, 16 digits
--
-- Replies {'fenced'} or {'dropped', records}.

local stored = redis.call('HGET', KEYS[1], '#fence')
if stored and stored > ARGV[1] then return { 'fenced' } end
local removed = 0
for i = 3, #KEYS do removed = math.max(removed, redis.call('HLEN', KEYS[i])) end
redis.call('UNLINK', unpack(KEYS))
return { 'dropped', removed }
