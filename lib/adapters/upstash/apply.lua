#!lua flags=allow-key-locking
-- Applies one page of records, removals and records to be forgotten to one partition, atomically, and says what became
-- of them. Where the partition is cut into segments, part 0 of it is the records' key without a segment, and part n is
-- that of the n-th segment that is named here.
--
-- KEYS[1]  HASH    stamps: record id -> stored stamp; fields of its own: #fence, #count, #segments, #{name} for every
--                  told value, and #b{bucket}, the digests
-- KEYS[2]  HASH    records: record id -> body
-- KEYS[3]  HASH    meta: what readers are told
-- KEYS[4]  SET     ids the scan has seen; only with a scan
-- KEYS[..] STRING  locators, one per item in their order; only with ARGV[4]
-- KEYS[..] HASH    records, one key per segment named
-- KEYS[..] HASH    records in another layout, and after them those of each segment named; only with ARGV[14]
--
-- Items are records, then removals, then what is to be forgotten, has left as its source says, or is excluded no longer.
--
-- ARGV[1]  fence, 16 digits
-- ARGV[2]  '1': the partition may be created
-- ARGV[3]  '1': compare bodies too; 'k': a record that is there keeps its body, and only its version rises
-- ARGV[4]  the partition's id where locators are kept, else ''
-- ARGV[5]  seconds the scan's memory lasts; '0': no scan
-- ARGV[6]  last_sync
-- ARGV[7]  one character per item: 48 + the place of its bucket among those that are read, counted from 0
-- ARGV[8]  number of told values; ARGV[9] of buckets; ARGV[10] of records; ARGV[11] of removals; ARGV[12] of items to
--          forget or that have left; ARGV[13] of ids that were only seen
-- ARGV[14] 'written': the other layout is written too; 'dropped': it is deleted once readers are told of this one; ''
-- ARGV[15] number of segments named; '': the stream has none
-- ARGV[16] four digits per record: the part it belongs to; '': all of them to part 0
-- ARGV[..] names of segments; fields to read: #fence, #count, #segments, of told values, of buckets, ids of items; told
--          values; per bucket what all records add to it; stamps of items, those of records and of what is forgotten or
--          has left as they are to be stored ('.-' instead of '.g': only where the record was found; '.+': its exclusion ends); bodies of records;
--          ids only seen
--
-- Replies {'applied', added, updated, unchanged, superseded, removed, count, commands, and per move: id, from, stamp},
-- or {'fenced', commands}, or {'lost', commands}, or {'segments', commands, names}: nothing was written, because these
-- have to be named too. Every call is billed, so every call is counted.

local sub, byte, match, concat = string.sub, string.byte, string.match, table.concat
local find, gmatch = string.find, string.gmatch

local commands = 1
local function call(...)
  commands = commands + 1
  return redis.call(...)
end

local fence, create, verify, here = ARGV[1], ARGV[2] == '1', ARGV[3] ~= '0', ARGV[4]
local keep = ARGV[3] == 'k'
local scan_seconds, last_sync, bucket_places = tonumber(ARGV[5]), ARGV[6], ARGV[7]
local n_told, n_buckets, n_records = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local n_known = n_records + tonumber(ARGV[11])
local n_items, n_seen = n_known + tonumber(ARGV[12]), tonumber(ARGV[13])
local segmented, n_segments, parts = ARGV[15] ~= '', tonumber(ARGV[15]) or 0, ARGV[16]
local beside, mirror = ARGV[14] ~= '', ARGV[14] == 'written'

-- Each stands before the first of its kind.
local fields = 16 + n_segments
local own_fields = 3 + n_told + n_buckets
local ids = fields + own_fields
local told_values = ids + n_items
local additions = told_values + n_told
local stamps = additions + n_buckets
local bodies = stamps + n_items
local only_seen = bodies + n_records

-- A stamp is modified (14 digits) . order (12 digits) . hash (16) . identity (12); what follows it where it is stored
-- is by which path it was written, and when. Only digits of one width are compared: numbers would be doubles, and Lua
-- compares other characters by the server's locale.
local STAMP = 57
local OLDEST = '00000000000000.000000000000.0000000000000000.000000000000.r0'
local GONE, FORGOTTEN, GONE_WHERE_FOUND, INCLUDED = byte('g'), byte('x'), byte('-'), byte('+')
-- The modified time of tombstones of excluded records.
local BEYOND = '99999999999999'

-- A segment's name follows what is stored beside a stamp, after another dot.
local function segment_of(stored)
  local dot = find(stored, '.', STAMP + 3, true)
  return dot and sub(stored, dot + 1) or ''
end

local segment_names, part_named = { [0] = '' }, { [''] = 0 }
for part = 1, n_segments do
  local name = ARGV[16 + part]
  segment_names[part] = name
  part_named[name] = part
end

local function part_of(item)
  return parts == '' and 0 or tonumber(sub(parts, 4 * item - 3, 4 * item))
end

local function compare(a, b)
  local a_modified, b_modified = sub(a, 1, 14), sub(b, 1, 14)
  if a_modified ~= b_modified then return a_modified > b_modified and 1 or -1 end
  if sub(a, 29, 44) == sub(b, 29, 44) then return 0 end
  return sub(a, 16, 27) > sub(b, 16, 27) and 1 or -1
end

local function read_later(a, b)
  local a_modified, b_modified = sub(a, 1, 14), sub(b, 1, 14)
  if a_modified ~= b_modified then return a_modified > b_modified end
  return sub(a, 16, 27) > sub(b, 16, 27)
end

local function is_tombstone(stored)
  local path = byte(stored, STAMP + 2)
  return path == FORGOTTEN or path == GONE
end

-- Lists of partitions are never changed in place: this one is shared.
local NOWHERE = {}

-- Locators are JSON written here alone; partition ids and stamps hold nothing that JSON escapes.
local function parse_locator(text)
  local partition, stamp, rest = match(text, '^{"partition":"([^"]*)","stamp":"([^"]*)"(.*)}$')
  if not partition then return nil end
  if rest == '' then return { partition = partition, stamp = stamp, from = NOWHERE } end
  local from = {}
  for other in gmatch(match(rest, '%[(.*)%]') or '', '"([^"]*)"') do from[#from + 1] = other end
  local segment, gone = match(rest, '"segment":"([^"]*)"'), match(rest, '"gone":"([^"]*)"')
  return { partition = partition, stamp = stamp, segment = segment, from = from, gone = gone }
end

local function format_locator(at)
  local text = '{"partition":"' .. at.partition .. '","stamp":"' .. at.stamp .. '"'
  if at.segment and not at.gone then text = text .. ',"segment":"' .. at.segment .. '"' end
  if #at.from > 0 then text = text .. ',"from":["' .. concat(at.from, '","') .. '"]' end
  if at.gone then text = text .. ',"gone":"' .. at.gone .. '"' end
  return text .. '}'
end

local function without(list, item)
  if #list == 0 then return list end
  local rest = {}
  for _, other in ipairs(list) do
    if other ~= item then rest[#rest + 1] = other end
  end
  return rest
end

local function with(list, item)
  local longer = { unpack(list) }
  longer[#longer + 1] = item
  return longer
end

-- 1. What is stored. Nothing is written before the fence is known to be ours.
local stored = call('HMGET', KEYS[1], unpack(ARGV, fields + 1, ids + n_items))

if not stored[1] and not create then return { 'lost', commands } end
if stored[1] and stored[1] > fence then return { 'fenced', commands } end

local current = {}
for i = 1, n_items do
  local text = stored[own_fields + i]
  if text then
    -- What is too short to be a stamp is older than any.
    if #text <= STAMP then
      text = OLDEST
      stored[own_fields + i] = text
    end
    current[ARGV[ids + i]] = text
  end
end

-- Segments that are known of the partition. Its stamps may be lost while its records are not.
local known_segments = stored[3]
if segmented and not stored[1] then known_segments = call('HGET', KEYS[3], 'segments') end
known_segments = known_segments or ''
local is_cut = segmented or known_segments ~= ''

-- What is stored in a segment that is not named cannot be touched.
local missing, is_missing = {}, {}
local function require_segment(name)
  if part_named[name] or is_missing[name] then return end
  is_missing[name] = true
  missing[#missing + 1] = name
end
local function require_all()
  for name in gmatch(known_segments, '[^,]+') do require_segment(name) end
end
-- Whether the item stands for a record that has left as its source says.
local function has_left(item)
  local wish = item > n_known and byte(ARGV[stamps + item], STAMP + 2)
  return wish == GONE or wish == GONE_WHERE_FOUND
end
-- Whether its exclusion ends: nothing of it leaves.
local function is_included(item) return item > n_known and byte(ARGV[stamps + item], STAMP + 2) == INCLUDED end
local requires_all = beside and not mirror and n_told > 0
for i = 1, is_cut and n_items or 0 do
  local text = current[ARGV[ids + i]]
  if text and not is_tombstone(text) then
    require_segment(segment_of(text))
  elseif i > n_records and not has_left(i) and not is_included(i) then
    requires_all = true
  end
end
if requires_all then require_all() end
if #missing > 0 then return { 'segments', commands, unpack(missing) } end

local located, locator_texts = {}, {}
local locators = scan_seconds > 0 and 4 or 3
if here ~= '' and n_items > 0 then
  locator_texts = call('MGET', unpack(KEYS, locators + 1, locators + n_items))
  for i = 1, n_items do
    if locator_texts[i] then located[ARGV[ids + i]] = parse_locator(locator_texts[i]) end
  end
end

-- Here, as its locator says, though its stamp is lost.
for i = n_known + 1, is_cut and n_items or 0 do
  local id = ARGV[ids + i]
  local at, text = located[id], current[id]
  local live = text and not is_tombstone(text)
  if has_left(i) and not live and at and at.partition == here and not at.gone then require_all() end
end
if #missing > 0 then return { 'segments', commands, unpack(missing) } end

local first_segment = locators + (here ~= '' and n_items or 0)
local function records_key(part)
  return part == 0 and KEYS[2] or KEYS[first_segment + part]
end
local function beside_key(part)
  return KEYS[#KEYS - n_segments + part]
end

local function add_to(lists, part, value)
  local list = lists[part]
  if not list then
    list = {}
    lists[part] = list
  end
  list[#list + 1] = value
end

local function lies_elsewhere(item, before)
  return is_cut and segment_of(before) ~= segment_names[part_of(item)]
end

local stored_bodies = {}
if verify then
  local same = {}
  for i = 1, n_records do
    local id = ARGV[ids + i]
    local text = current[id]
    if text and not is_tombstone(text) and (keep or compare(ARGV[stamps + i], text) == 0) then
      if not lies_elsewhere(i, text) then add_to(same, part_of(i), id) end
    end
  end
  for part = 0, n_segments do
    if same[part] then
      local texts = call('HMGET', records_key(part), unpack(same[part]))
      for i, id in ipairs(same[part]) do stored_bodies[id] = texts[i] end
    end
  end
end

-- 2. What becomes of each record. A record may come twice in a page: each sees what the one before it left.
local added, updated, unchanged, superseded = 0, 0, 0, 0
local count = tonumber(stored[2] or '0')
-- Pairs of id and stored stamp, and at half their places the items these are of.
local stamps_out, n_out, place_of, items_out = {}, 0, {}, {}

-- Of records whose body stays: stored stamps by id, and an item of each.
local risen_as, items_risen = {}, {}

local function write(item, id, stamp)
  risen_as[id] = nil
  local place = place_of[id]
  if not place then
    n_out = n_out + 2
    place = n_out
    place_of[id] = place
    stamps_out[place - 1] = id
  end
  items_out[place / 2] = item
  stamps_out[place] = stamp
  current[id] = stamp
  if verify then stored_bodies[id] = ARGV[bodies + item] end
end

-- The version that was read later, with the mark of the one that is written now.
local function later_of(stamp, before)
  return read_later(stamp, before) and stamp or sub(before, 1, STAMP) .. sub(stamp, STAMP + 1)
end

-- The version that the source shows, with the contents that are here. At equal times nothing is news.
local function rise(item, id, stamp, before)
  unchanged = unchanged + 1
  if sub(stamp, 1, 14) == sub(before, 1, 14) then return end
  local risen = sub(stamp, 1, 28) .. sub(before, 29, 44) .. sub(stamp, 45)
  current[id] = risen
  local place = place_of[id]
  if place then
    stamps_out[place] = risen
  else
    if not risen_as[id] then items_risen[#items_risen + 1] = item end
    risen_as[id] = risen
  end
end

local function apply(item, id, stamp, before)
  local order = before and compare(stamp, before) or 1
  local stays = keep and before and stored_bodies[id] and not lies_elsewhere(item, before)
  if stays and sub(stamp, 1, 14) >= sub(before, 1, 14) then
    rise(item, id, stamp, before)
  elseif order < 0 then
    superseded = superseded + 1
  elseif order > 0 then
    if before then
      updated = updated + 1
    else
      added = added + 1
      count = count + 1
    end
    write(item, id, stamp)
  elseif lies_elsewhere(item, before) then
    unchanged = unchanged + 1
    write(item, id, later_of(stamp, before))
  elseif verify and stored_bodies[id] ~= ARGV[bodies + item] then
    if stored_bodies[id] then updated = updated + 1 else added = added + 1 end
    write(item, id, later_of(stamp, before))
  else
    unchanged = unchanged + 1
  end
end

local function gets_past(stamp, at)
  if at.gone then return compare(stamp, at.stamp) > 0 end
  if compare(stamp, at.stamp) < 0 then return false end
  return at.partition == here or read_later(stamp, at.stamp)
end

local here_now = {}
for i = 1, n_records do
  local id, stamp = ARGV[ids + i], ARGV[stamps + i]
  local before, at = current[id], located[id]
  local tombstone = before and is_tombstone(before)
  if (at and not gets_past(stamp, at)) or (tombstone and compare(stamp, before) <= 0) then
    superseded = superseded + 1
  else
    apply(i, id, stamp, not tombstone and before or nil)
    if here ~= '' then
      local from = at and without(at.from, here) or NOWHERE
      if at and at.partition ~= here and not at.gone then from = with(from, at.partition) end
      local segment = is_cut and segment_of(current[id]) or ''
      located[id] =
        { partition = here, stamp = sub(current[id], 1, STAMP), segment = segment ~= '' and segment or nil, from = from }
      here_now[#here_now + 1] = id
    end
  end
end

-- Digests are sums of 48 bits, read and written as two halves, which every Lua can.
local HALF, MODULUS = 16777216, 281474976710656
local versions, contents = {}, {}

local function hex(text, from)
  local high, low = tonumber(sub(text, from, from + 5), 16), tonumber(sub(text, from + 6, from + 11), 16)
  return (high or 0) * HALF + (low or 0)
end

local function account(item, text, sign)
  local place = byte(bucket_places, item) - 47
  versions[place] = ((versions[place] or 0) + sign * hex(text, 46)) % MODULUS
  contents[place] = ((contents[place] or 0) + sign * hex(text, 29)) % MODULUS
end

-- Where every record was written, what they add has been summed up already.
local summed_up = n_records > 0 and n_out == 2 * n_records
for i = 1, summed_up and n_buckets or 0 do
  local addition = ARGV[additions + i]
  versions[i], contents[i] = hex(addition, 1), hex(addition, 13)
end
-- By part: pairs of id and body, and ids of records that were kept in another part so far.
local bodies_out, strays = {}, {}
for i = 1, n_out / 2 do
  local item, id = items_out[i], stamps_out[2 * i - 1]
  local before = stored[own_fields + item]
  if before and not is_tombstone(before) then
    account(item, before, -1)
    if lies_elsewhere(item, before) then add_to(strays, part_named[segment_of(before)], id) end
  end
  if not summed_up then account(item, stamps_out[2 * i], 1) end
  local part = part_of(item)
  add_to(bodies_out, part, id)
  add_to(bodies_out, part, ARGV[bodies + item])
end

local kept = {}
for _, item in ipairs(items_risen) do
  local id = ARGV[ids + item]
  local text = risen_as[id]
  if text then
    account(item, stored[own_fields + item], -1)
    account(item, text, 1)
    kept[#kept + 1] = id
    kept[#kept + 1] = text
  end
end

-- 3. What leaves: unless what is stored is newer than the removal knows.
-- By part: ids of records that leave.
local gone, unstamped = {}, {}
local n_stamps_out = n_out + #kept
for i = 1, #kept do stamps_out[n_out + i] = kept[i] end

local function remove_body(id, before)
  if not is_cut then return add_to(gone, 0, id) end
  if before then return add_to(gone, part_named[segment_of(before)], id) end
  add_to(gone, 0, id)
  for name in gmatch(known_segments, '[^,]+') do add_to(gone, part_named[name], id) end
end

local function bury(id, stamp, tombstone, before)
  if before and is_tombstone(before) and sub(before, 1, STAMP) == stamp then return end
  local place = place_of[id]
  if not place then
    n_stamps_out = n_stamps_out + 2
    place = n_stamps_out
    stamps_out[place - 1] = id
  end
  stamps_out[place] = tombstone
  current[id] = tombstone
end

-- Partitions that still hold what has left: id, partition and stamp, one after the other.
local elsewhere = {}
local function is_left_to(other, id, stamp)
  for _, text in ipairs({ id, other, stamp }) do elsewhere[#elsewhere + 1] = text end
end

local function leave(id, stamp, forget)
  local at = located[id] or (forget and { partition = here, stamp = stamp, from = NOWHERE })
  if not at then return end
  located[id] = at
  at.from = without(at.from, here)
  if at.partition ~= here and not at.gone then
    if forget and compare(at.stamp, stamp) <= 0 then is_left_to(at.partition, id, stamp) end
    return
  end
  if at.partition ~= here and not forget then return end
  -- A record that was found elsewhere is removed by the stamp it has there, which its tombstone here must not outrank:
  -- only what was here, or was meant to be forgotten, is never to come back.
  if stamp and (forget and not at.gone or read_later(stamp, at.stamp)) then at.stamp = stamp end
  at.gone = at.gone or last_sync
end

local function depart(item, id, limit, lasting)
  local before, at = current[id], located[id]
  local live = before and not is_tombstone(before)
  if live and compare(before, limit) > 0 then return end
  local stamp = sub(limit, 1, STAMP)
  local belongs = at and at.partition == here and not at.gone
  if live or belongs then remove_body(id, live and before or nil) end
  if live then
    count = count - 1
    account(item, before, -1)
  end
  local moved = at and not at.gone and not belongs
  local buried = before and not live
  if here == '' and (live or lasting or buried) or moved and lasting then
    if not buried or compare(limit, before) > 0 then bury(id, stamp, stamp .. '.g' .. sub(limit, STAMP + 3), before) end
  elseif live then
    unstamped[#unstamped + 1] = id
    current[id] = nil
  end
  if here == '' then return end
  if at then at.from = without(at.from, here) end
  if moved then
    if compare(at.stamp, limit) > 0 then return end
    is_left_to(at.partition, id, stamp)
  elseif at then
    if belongs or compare(limit, at.stamp) > 0 then at.stamp = stamp end
    at.gone = at.gone or last_sync
  elseif live or lasting then
    located[id] = { partition = here, stamp = stamp, from = NOWHERE, gone = last_sync }
  end
end

local function expel(item, id, limit, forget)
  local before = current[id]
  local live = before and not is_tombstone(before)
  if live and compare(before, limit) > 0 then return end
  local stamp = sub(before and read_later(before, limit) and before or limit, 1, STAMP)
  remove_body(id, live and before or nil)
  if live then
    count = count - 1
    account(item, before, -1)
  end
  if forget then
    bury(id, stamp, stamp .. sub(limit, STAMP + 1), before)
  elseif live then
    unstamped[#unstamped + 1] = id
    current[id] = nil
  end
  if here ~= '' then leave(id, forget and stamp or live and sub(before, 1, STAMP) or nil, forget) end
end

local function include(id, oldest)
  local before, at = current[id], located[id]
  if before and is_tombstone(before) and sub(before, 1, 14) == BEYOND then
    unstamped[#unstamped + 1] = id
    current[id] = nil
  end
  if at and at.gone and sub(at.stamp, 1, 14) == BEYOND then at.stamp = sub(oldest, 1, STAMP) end
end

for i = n_records + 1, n_items do
  local id, limit = ARGV[ids + i], ARGV[stamps + i]
  if is_included(i) then
    include(id, limit)
  elseif has_left(i) then
    depart(i, id, limit, byte(limit, STAMP + 2) == GONE)
  else
    expel(i, id, limit, i > n_known)
  end
end

-- 4. Writes: bodies before stamps, so that what fails half-way is written again.
for part = 0, n_segments do
  local pairs_of_part = bodies_out[part]
  if pairs_of_part then
    if mirror then call('HSET', beside_key(part), unpack(pairs_of_part)) end
    call('HSET', records_key(part), unpack(pairs_of_part))
  end
end

local page = {}
for i = 1, here ~= '' and n_items or 0 do
  local at = located[ARGV[ids + i]]
  if at then
    local text = format_locator(at)
    if text ~= locator_texts[i] then
      page[#page + 1] = KEYS[locators + i]
      page[#page + 1] = text
    end
  end
end
if #page > 0 then call('MSET', unpack(page)) end

local function delete(ids_of_part, part)
  if not ids_of_part then return 0 end
  if mirror then call('HDEL', beside_key(part), unpack(ids_of_part)) end
  return call('HDEL', records_key(part), unpack(ids_of_part))
end
local removed = 0
for part = 0, n_segments do
  removed = removed + delete(gone[part], part)
  delete(strays[part], part)
end

if scan_seconds > 0 and n_records + n_seen > 0 then
  local seen = { unpack(ARGV, ids + 1, ids + n_records) }
  for i = 1, n_seen do seen[#seen + 1] = ARGV[only_seen + i] end
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

local meta, news = { 'count', tostring(count), 'last_sync', last_sync }, n_out > 0 or removed > 0
local function tell(field, before, value)
  if before == value then return false end
  stamps_out[n_stamps_out + 1] = field
  stamps_out[n_stamps_out + 2] = value
  n_stamps_out = n_stamps_out + 2
  return true
end

-- In the order of their bytes, which is not that of Lua in every locale.
local function precedes(a, b)
  local at = 1
  while byte(a, at) and byte(a, at) == byte(b, at) do at = at + 1 end
  return (byte(a, at) or -1) < (byte(b, at) or -1)
end

local function segments_now()
  local names, is_named = {}, {}
  local function add(name)
    if name ~= '' and not is_named[name] then
      is_named[name] = true
      names[#names + 1] = name
    end
  end
  for name in gmatch(known_segments, '[^,]+') do add(name) end
  for part = 1, n_segments do
    if bodies_out[part] then add(segment_names[part]) end
  end
  table.sort(names, precedes)
  return concat(names, ',')
end

tell('#fence', stored[1], fence)
if tell('#count', stored[2], tostring(count)) then news = true end
local segments = is_cut and segments_now() or ''
if segments ~= '' then
  tell('#segments', stored[3], segments)
  meta[#meta + 1] = 'segments'
  meta[#meta + 1] = segments
end
for i = 1, n_told do
  local field, before, value = ARGV[fields + 3 + i], stored[3 + i], ARGV[told_values + i]
  if value == 'as-told' then value = before or 'true' end
  -- Deltas may be applied out of order.
  if field == '#applied' and before and tonumber(before) > tonumber(value) then value = before end
  if tell(field, before, value) then news = true end
  meta[#meta + 1] = sub(field, 2)
  meta[#meta + 1] = value
end

local function add_hex(text, from, change)
  local sum = (hex(text, from) + change) % MODULUS
  return string.format('%06x%06x', math.floor(sum / HALF), sum % HALF)
end

for i = 1, n_buckets do
  if versions[i] then
    local field = 3 + n_told + i
    local before = stored[field] or '000000000000000000000000'
    tell(ARGV[fields + field], before, add_hex(before, 1, versions[i]) .. add_hex(before, 13, contents[i]))
  end
end
if n_stamps_out > 0 then call('HSET', KEYS[1], unpack(stamps_out)) end
if #unstamped > 0 then call('HDEL', KEYS[1], unpack(unstamped)) end
if news then call('HSET', KEYS[3], unpack(meta)) end
if beside and not mirror and n_told > 0 then call('UNLINK', unpack(KEYS, #KEYS - n_segments)) end

local reply = { 'applied', added, updated, unchanged, superseded, removed, count, 0 }
local reported = {}
for i = 1, #here_now do
  local id = here_now[i]
  local at = located[id]
  if #at.from > 0 and not at.gone and not reported[id] then
    reported[id] = true
    for _, other in ipairs(at.from) do
      reply[#reply + 1] = id
      reply[#reply + 1] = other
      reply[#reply + 1] = at.stamp
    end
  end
end
for _, text in ipairs(elsewhere) do reply[#reply + 1] = text end
reply[8] = commands
return reply
