#!lua flags=allow-key-locking
-- Applies one page of records and removals to one partition, atomically, and says what became of them.
--
-- KEYS[1]  HASH    stamps: record id -> stamp; fields of its own: #fence, #count, and #{name} for every told value
-- KEYS[2]  HASH    records: record id -> body
-- KEYS[3]  HASH    meta: what readers are told
-- KEYS[4]  SET     ids the scan has seen; only with a scan
-- KEYS[..] STRING  locators, one per record, then one per removal, in their order; only with ARGV[4]
--
-- ARGV[1]  fence, 16 digits
-- ARGV[2]  '1': the partition may be created
-- ARGV[3]  '1': compare bodies too
-- ARGV[4]  the partition's id where locators are kept, else ''
-- ARGV[5]  seconds the scan's memory lasts; '0': no scan
-- ARGV[6]  last_sync
-- ARGV[7]  number of told values; ARGV[8] of records; ARGV[9] of removals; ARGV[10] of ids that were only seen
-- ARGV[..] told values: name, value; records: id, stamp, body; removals: id, stamp; ids only seen
--
-- Replies {'applied', added, updated, unchanged, superseded, removed, count, commands, and per move: id, from, stamp},
-- or {'fenced', commands}, or {'lost', commands}. Every call is billed, so every call is counted.

local commands = 1
local function call(...)
  commands = commands + 1
  return redis.call(...)
end

local position = 10
local function take()
  position = position + 1
  return ARGV[position]
end

local fence, create, verify, here = ARGV[1], ARGV[2] == '1', ARGV[3] == '1', ARGV[4]
local scan_seconds, last_sync = tonumber(ARGV[5]), ARGV[6]

local told, records, removals, seen = {}, {}, {}, {}
for i = 1, tonumber(ARGV[7]) do told[i] = { name = take(), value = take() } end
for i = 1, tonumber(ARGV[8]) do
  records[i] = { id = take(), stamp = take(), body = take() }
  seen[i] = records[i].id
end
for i = 1, tonumber(ARGV[9]) do removals[i] = { id = take(), stamp = take() } end
for _ = 1, tonumber(ARGV[10]) do seen[#seen + 1] = take() end

-- A stamp is modified (14 digits) . order (12 digits) . hash. Only digits of one width are compared: numbers would be
-- doubles, and Lua compares other characters by the server's locale.
local function compare(a, b)
  local a_modified, b_modified = string.sub(a, 1, 14), string.sub(b, 1, 14)
  if a_modified ~= b_modified then return a_modified > b_modified and 1 or -1 end
  if string.sub(a, 29) == string.sub(b, 29) then return 0 end
  return string.sub(a, 16, 27) > string.sub(b, 16, 27) and 1 or -1
end

local function read_later(a, b)
  return string.sub(a, 1, 27) ~= string.sub(b, 1, 27)
    and (string.sub(a, 1, 14) > string.sub(b, 1, 14)
      or (string.sub(a, 1, 14) == string.sub(b, 1, 14) and string.sub(a, 16, 27) > string.sub(b, 16, 27)))
end

-- Locators are JSON written here alone; partition ids and stamps hold nothing that JSON escapes.
local function parse_locator(text)
  local partition, stamp, rest = string.match(text, '^{"partition":"([^"]*)","stamp":"([^"]*)"(.*)}$')
  if not partition then return nil end
  local from = {}
  for other in string.gmatch(string.match(rest, '%[(.*)%]') or '', '"([^"]*)"') do from[#from + 1] = other end
  return { partition = partition, stamp = stamp, from = from }
end

local function format_locator(at)
  local text = '{"partition":"' .. at.partition .. '","stamp":"' .. at.stamp .. '"'
  if #at.from > 0 then text = text .. ',"from":["' .. table.concat(at.from, '","') .. '"]' end
  return text .. '}'
end

local function without(list, item)
  local rest = {}
  for _, other in ipairs(list) do
    if other ~= item then rest[#rest + 1] = other end
  end
  return rest
end

-- 1. What is stored. Nothing is written before the fence is known to be ours.
local fields = { '#fence', '#count' }
for _, entry in ipairs(told) do fields[#fields + 1] = '#' .. entry.name end
local own_fields = #fields
for _, record in ipairs(records) do fields[#fields + 1] = record.id end
for _, removal in ipairs(removals) do fields[#fields + 1] = removal.id end
local stored = call('HMGET', KEYS[1], unpack(fields))

if not stored[1] and not create then return { 'lost', commands } end
if stored[1] and stored[1] > fence then return { 'fenced', commands } end

local stamps = {}
for i = own_fields + 1, #fields do stamps[fields[i]] = stored[i] or nil end

local located, locator_keys, locator_texts = {}, {}, {}
local first_locator = scan_seconds > 0 and 5 or 4
if here ~= '' and #KEYS >= first_locator then
  local texts = call('MGET', unpack(KEYS, first_locator))
  for i, text in ipairs(texts) do
    local id = fields[own_fields + i]
    locator_keys[id] = KEYS[first_locator + i - 1]
    locator_texts[id] = text or ''
    located[id] = text and parse_locator(text) or nil
  end
end

local bodies = {}
if verify then
  local same = {}
  for _, record in ipairs(records) do
    local stamp = stamps[record.id]
    if stamp and compare(record.stamp, stamp) == 0 then same[#same + 1] = record.id end
  end
  if #same > 0 then
    local texts = call('HMGET', KEYS[2], unpack(same))
    for i, id in ipairs(same) do bodies[id] = texts[i] end
  end
end

-- 2. What becomes of each record. A record may come twice in a page: each sees what the one before it left.
local added, updated, unchanged, superseded = 0, 0, 0, 0
local count = tonumber(stored[2] or '0')
local written, ids_written, new_stamps, here_now = {}, {}, {}, {}

local function write(record, stamp)
  local id = record.id
  if not written[id] then ids_written[#ids_written + 1] = id end
  written[id] = record.body
  bodies[id] = record.body
  if not stamps[id] then count = count + 1 end
  if stamps[id] ~= stamp then new_stamps[id] = stamp end
  stamps[id] = stamp
end

local function apply(record)
  local stamp = stamps[record.id]
  local order = stamp and compare(record.stamp, stamp) or 1
  if order < 0 then
    superseded = superseded + 1
  elseif order > 0 then
    if stamp then updated = updated + 1 else added = added + 1 end
    write(record, record.stamp)
  elseif verify and bodies[record.id] ~= record.body then
    if bodies[record.id] then updated = updated + 1 else added = added + 1 end
    write(record, read_later(record.stamp, stamp) and record.stamp or stamp)
  else
    unchanged = unchanged + 1
  end
end

for _, record in ipairs(records) do
  local at = located[record.id]
  local elsewhere = at and at.partition ~= here
  if (elsewhere and not read_later(record.stamp, at.stamp)) or (at and compare(record.stamp, at.stamp) < 0) then
    superseded = superseded + 1
  else
    apply(record)
    if here ~= '' then
      local from = at and without(at.from, here) or {}
      if elsewhere then from[#from + 1] = at.partition end
      located[record.id] = { partition = here, stamp = stamps[record.id], from = from }
      here_now[#here_now + 1] = record.id
    end
  end
end

-- 3. What leaves: unless what is stored is newer than the removal knows.
local gone, unstamped, locators_gone = {}, {}, {}
for _, removal in ipairs(removals) do
  local id, at = removal.id, located[removal.id]
  if not (stamps[id] and compare(stamps[id], removal.stamp) > 0) then
    gone[#gone + 1] = id
    if stamps[id] then
      unstamped[#unstamped + 1] = id
      count = count - 1
      stamps[id] = nil
    end
    if at and at.partition == here then
      locators_gone[#locators_gone + 1] = locator_keys[id]
      located[id] = nil
    elseif at then
      at.from = without(at.from, here)
    end
  end
end

-- 4. Writes: bodies before stamps, so that what fails half-way is written again.
local page = {}
for _, id in ipairs(ids_written) do
  page[#page + 1] = id
  page[#page + 1] = written[id]
end
if #page > 0 then call('HSET', KEYS[2], unpack(page)) end

page = {}
for id, at in pairs(located) do
  local text = format_locator(at)
  if text ~= locator_texts[id] then
    page[#page + 1] = locator_keys[id]
    page[#page + 1] = text
  end
end
if #page > 0 then call('MSET', unpack(page)) end

local removed = 0
if #gone > 0 then removed = call('HDEL', KEYS[2], unpack(gone)) end
if #locators_gone > 0 then call('DEL', unpack(locators_gone)) end

if scan_seconds > 0 and #seen > 0 then
  -- '#begun' can be no record's id: it is new exactly when the memory is.
  local remembered = call('SADD', KEYS[4], '#begun', unpack(seen))
  local distinct, new = {}, 1
  for _, id in ipairs(seen) do
    if not distinct[id] then
      distinct[id] = true
      new = new + 1
    end
  end
  if remembered == new then call('EXPIRE', KEYS[4], scan_seconds) end
end

local own, meta, news = {}, { 'count', tostring(count), 'last_sync', last_sync }, #ids_written > 0 or removed > 0
local function tell(name, before, value)
  if before == value then return false end
  own[#own + 1] = '#' .. name
  own[#own + 1] = value
  return true
end

tell('fence', stored[1], fence)
if tell('count', stored[2], tostring(count)) then news = true end
for i, entry in ipairs(told) do
  local before = stored[2 + i]
  -- Deltas may be applied out of order.
  local value = entry.value
  if entry.name == 'applied' and before and tonumber(before) > tonumber(value) then value = before end
  if tell(entry.name, before, value) then news = true end
  meta[#meta + 1] = entry.name
  meta[#meta + 1] = value
end
for id, stamp in pairs(new_stamps) do
  own[#own + 1] = id
  own[#own + 1] = stamp
end
if #own > 0 then call('HSET', KEYS[1], unpack(own)) end
if #unstamped > 0 then call('HDEL', KEYS[1], unpack(unstamped)) end
if news then call('HSET', KEYS[3], unpack(meta)) end

local reply = { 'applied', added, updated, unchanged, superseded, removed, count, 0 }
local reported = {}
for _, id in ipairs(here_now) do
  local at = located[id]
  if at and not reported[id] then
    reported[id] = true
    for _, other in ipairs(at.from) do
      reply[#reply + 1] = id
      reply[#reply + 1] = other
      reply[#reply + 1] = at.stamp
    end
  end
end
reply[8] = commands
return reply
