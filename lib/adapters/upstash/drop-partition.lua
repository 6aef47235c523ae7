#!lua flags=allow-key-locking
-- Deletes the keys of one partition. The fence goes with them, so it is all or nothing.
--
-- KEYS[1]  HASH  stamps, with the fence
-- KEYS[2]  HASH  meta
-- KEYS[..] HASH  records: per layout one key, and one for each segment
--
-- ARGV[1]  fence, 16 digits
-- ARGV[2]  keys per layout
--
-- Replies {'fenced'} or {'dropped', records}.

local stored = redis.call('HGET', KEYS[1], '#fence')
if stored and stored > ARGV[1] then return { 'fenced' } end
local removed, keys_per_layout = 0, tonumber(ARGV[2])
for first = 3, #KEYS, keys_per_layout do
  local records = 0
  for i = first, first + keys_per_layout - 1 do records = records + redis.call('HLEN', KEYS[i]) end
  removed = math.max(removed, records)
end
redis.call('UNLINK', unpack(KEYS))
return { 'dropped', removed }
