#!lua flags=allow-key-locking
-- Takes one partition out of the locators of some of its records: those that point to it are deleted, and those that
-- remember it as a place the record has yet to leave no longer do.
--
-- KEYS[1]  HASH    stamps, with the fence
-- KEYS[..] STRING  locators, at least one
--
-- ARGV[1]  fence, 16 digits
-- ARGV[2]  the partition's id
--
-- Replies 'fenced' or 'dropped'.

local fence, here = ARGV[1], '"' .. ARGV[2] .. '"'
local stored = redis.call('HGET', KEYS[1], '#fence')
if stored and stored > fence then return 'fenced' end
-- From here on an older writer is refused; should this break off, the fence stays for who repeats it.
if stored ~= fence then redis.call('HSET', KEYS[1], '#fence', fence) end

-- Locators are JSON that `apply.lua` has written.
local points_here = '{"partition":' .. here
local function without_here(text)
  local listed = string.find(text, '"from":[', 1, true)
  local first, last = string.find(text, here, listed or #text, true)
  if not first then return text end
  local list, ended = string.find(text, ',"from":[' .. here .. ']', 1, true)
  if list then return string.sub(text, 1, list - 1) .. string.sub(text, ended + 1) end
  if string.sub(text, last + 1, last + 1) == ',' then last = last + 1 else first = first - 1 end
  return string.sub(text, 1, first - 1) .. string.sub(text, last + 1)
end

local texts = redis.call('MGET', unpack(KEYS, 2))
local gone, page = {}, {}
for i = 1, #KEYS - 1 do
  local text = texts[i]
  if text and string.sub(text, 1, #points_here) == points_here then
    gone[#gone + 1] = KEYS[i + 1]
  elseif text then
    local rest = without_here(text)
    if rest ~= text then
      page[#page + 1] = KEYS[i + 1]
      page[#page + 1] = rest
    end
  end
end
if #page > 0 then redis.call('MSET', unpack(page)) end
if #gone > 0 then redis.call('DEL', unpack(gone)) end
return 'dropped'
