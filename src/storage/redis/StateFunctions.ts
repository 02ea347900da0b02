/**
 * What runs inside Redis: one function per write, so that no subscriber sees a message whose key is older. A value is kept only when its version
 * is newer than what is there; it gets its time to live, a number in the sequence of all writes, and is published. Redis 7 or Valkey.
 */
import { timeToLive } from "../../engine/State.ts"

/** Name of the library; loaded with REPLACE on every connection, as Redis may have forgotten it. */
export const library = "polymarket"

/** Where every write is published. */
export const channel = "polymarket:state"

/** Counts the writes, so that a missed message is noticed. */
export const sequenceKey = "polymarket:sequence"

/** The functions by name. */
export const setFunction = "polymarket_set"

/** Keys, milliseconds of time to live: nothing outlives it. */
export const expiry = timeToLive

/**
 * `FCALL polymarket_set 2 KEY polymarket:sequence VERSION TTL FIELD CHANNEL VALUE`: 1 when it was kept, 0 when something newer is there. FIELD is
 * "" for a plain key; for a hash, fields older than the time to live go. A version from the future is nobody's and does not count.
 */
export const source = `#!lua name=${library}
local epoch = 1577836800000
local function now()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local function version_of(value, present)
  if type(value) ~= 'string' then return nil end
  local version = tonumber(string.match(value, '^{"version":(%d+),'))
  if not version or math.floor(version / 8192) + epoch > present + 60000 then return nil end
  return version
end
redis.register_function('${setFunction}', function(keys, args)
  local key, sequence = keys[1], keys[2]
  local version, ttl, field, channel, value = tonumber(args[1]), tonumber(args[2]), args[3], args[4], args[5]
  local present = now()
  local wanted = field == '' and 'string' or 'hash'
  local found = redis.call('TYPE', key).ok
  if found ~= 'none' and found ~= wanted then redis.call('DEL', key) end
  local old
  if field == '' then old = redis.call('GET', key) else old = redis.call('HGET', key, field) end
  local seen = version_of(old, present)
  if seen and seen >= version then return 0 end
  if field == '' then
    redis.call('SET', key, value)
  else
    redis.call('HSET', key, field, value)
    for _, name in ipairs(redis.call('HKEYS', key)) do
      if name ~= field then
        local other = version_of(redis.call('HGET', key, name), present)
        if not other or math.floor(other / 8192) + epoch < present - ttl then redis.call('HDEL', key, name) end
      end
    end
  end
  redis.call('PEXPIRE', key, ttl)
  if redis.call('TYPE', sequence).ok ~= 'string' or not tonumber(redis.call('GET', sequence)) then redis.call('DEL', sequence) end
  local number = redis.call('INCR', sequence)
  redis.call('PEXPIRE', sequence, ttl)
  redis.call('PUBLISH', channel, cjson.encode({sequence = number, key = key, field = field, value = value}))
  return 1
end)
`
