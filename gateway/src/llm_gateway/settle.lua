-- Puts what a call really took in the place of what was reserved for it. A second time changes nothing.
-- KEYS: 1 the call, 2 the month's money in micro-USD, 3 the minute's tokens. ARGV: 1 money, 2 tokens,
--       3 seconds for which a late reservation of the call counts nothing; 0: none is to be expected.
-- Returns 1, or 0 when nothing is reserved (any more).
local reserved = redis.call('HMGET', KEYS[1], 'money', 'tokens')
local function change(real, counted) return string.format('%.0f', tonumber(real) - tonumber(counted)) end
-- Before anything is written: figures that are none must not cost the reservation, which a second settlement finds.
local money, tokens
if reserved[1] then money, tokens = change(ARGV[1], reserved[1]), change(ARGV[2], reserved[2]) end
redis.call('DEL', KEYS[1])
if tonumber(ARGV[3]) > 0 then
  redis.call('HSET', KEYS[1], 'abandoned', '1')
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end
if not reserved[1] then return 0 end
redis.call('INCRBY', KEYS[2], money)
-- The minute may be over and gone.
if redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('INCRBY', KEYS[3], tokens)
end
return 1
