-- Puts what a call really took in the place of what was reserved for it. A second time changes nothing.
-- KEYS: 1 the call, 2 the month's money in micro-USD, 3 the minute's tokens. ARGV: 1 money, 2 tokens.
-- Returns 1, or 0 when nothing is reserved (any more).
local reserved = redis.call('HMGET', KEYS[1], 'money', 'tokens')
if not reserved[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('INCRBY', KEYS[2], string.format('%.0f', tonumber(ARGV[1]) - tonumber(reserved[1])))
-- The minute may be over and gone.
if redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('INCRBY', KEYS[3], string.format('%.0f', tonumber(ARGV[2]) - tonumber(reserved[2])))
end
return 1
