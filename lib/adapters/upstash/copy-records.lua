#!lua flags=allow-key-locking
-- Copies one page of a partition's records to another layout, which readers are not told of.
--
-- KEYS[1]  HASH  stamps, with the fence
-- KEYS[..] HASH  records: of the partition, then of its segments
-- KEYS[..] HASH  records in the other layout, in the same order
--
-- ARGV[1]  fence, 16 digits
-- ARGV[2]  where to go on; '': at the beginning, without what the other layout holds
-- ARGV[3]  records to copy, about; '0': only to remove what the other layout holds
-- ARGV[4]  which of the records' keys is copied, counted from 1
--
-- Replies {'fenced' or 'lost', calls}, or {'copied', calls, where to go on or '0', records, records in the other layout};
-- both numbers are of all keys, and 0 until the last one is copied.

local fence, cursor, count, copied_key = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local n_keys = (#KEYS - 1) / 2
local from_key, to_key = KEYS[1 + copied_key], KEYS[1 + n_keys + copied_key]
local calls = 1
local function call(...)
  calls = calls + 1
  return redis.call(...)
end

local stored = call('HGET', KEYS[1], '#fence')
if stored and stored > fence then return { 'fenced', calls - 1 } end
if cursor == '' then call('UNLINK', unpack(KEYS, 2 + n_keys)) end
if count == '0' then return { 'copied', calls - 1, '0', 0, 0 } end
if not stored then return { 'lost', calls - 1 } end
-- From here on an older writer is refused: what it would write is not in the copy.
if stored ~= fence then call('HSET', KEYS[1], '#fence', fence) end

local page = call('HSCAN', from_key, cursor == '' and '0' or cursor, 'COUNT', count)
-- A page may hold more than was asked for; Lua unpacks fewer than 8,000 values.
for from = 1, #page[2], 4000 do
  call('HSET', to_key, unpack(page[2], from, math.min(from + 3999, #page[2])))
end
if page[1] ~= '0' or copied_key < n_keys then return { 'copied', calls - 1, page[1], 0, 0 } end
local held, copied = 0, 0
for i = 2, 1 + n_keys do
  held = held + call('HLEN', KEYS[i])
  copied = copied + call('HLEN', KEYS[i + n_keys])
end
return { 'copied', calls - 1, '0', held, copied }
