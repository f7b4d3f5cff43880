-- Counts one call against a tenant's limits and budget, or says which of them has no room and counts nothing.
-- KEYS: 1 the call, 2 the month's money in micro-USD, 3 the minute's requests, 4 the minute's tokens.
-- ARGV: 1 money to reserve, 2 budget, 3 requests a minute, 4 tokens to reserve, 5 tokens a minute,
--       6 seconds for which the call is remembered, 7 seconds for which the month is.
-- A limit of -1 is none. Returns {what has no room or 'ok', what is counted there}.

-- The client of Redis may ask twice when an answer was lost.
if redis.call('EXISTS', KEYS[1]) == 1 then return {'ok', '0'} end

local function counted(key) return tonumber(redis.call('GET', key) or '0') end
local function full(key, amount, limit) return tonumber(limit) >= 0 and counted(key) + tonumber(amount) > tonumber(limit) end

if full(KEYS[3], 1, ARGV[3]) then return {'requests', redis.call('GET', KEYS[3])} end
if full(KEYS[4], ARGV[4], ARGV[5]) then return {'tokens', redis.call('GET', KEYS[4]) or '0'} end
if full(KEYS[2], ARGV[1], ARGV[2]) then return {'budget', redis.call('GET', KEYS[2]) or '0'} end

redis.call('HSET', KEYS[1], 'money', ARGV[1], 'tokens', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[6])
local spent = redis.call('INCRBY', KEYS[2], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[7])
-- Two minutes: a call of the last second is settled in the minute in which it was counted.
redis.call('INCR', KEYS[3])
redis.call('EXPIRE', KEYS[3], 120)
redis.call('INCRBY', KEYS[4], ARGV[4])
redis.call('EXPIRE', KEYS[4], 120)
return {'ok', tostring(spent)}
