import { SESSIONS_BY_EXPIRY } from "./keys.ts";
import { Script } from "./script.ts";
import { INDEXED } from "./session-hash.ts";

/**
 * Lua functions for a session's keys: go's hash, the appid by id, and the entries in two indexes.
 * A visit extends the expiry of the hash only, so the index may have an earlier time, but never a
 * later one.
 *
 * Scripts add before they remove: a Redis without memory refuses an addition at the beginning of
 * a script, but allows it after a removal.
 */
const SESSION = `
local function hashKey(appid, id) return 'sess_' .. appid .. '_' .. id end
local function userEntry(openid, id) return openid .. '\\0' .. id end
local function expiryEntry(appid, id, openid) return appid .. ' ' .. id .. ' ' .. openid end
local function index(appid, id, openid, expiresAt)
  redis.call('SET', 'waferd:session:' .. id, appid)
  redis.call('PEXPIREAT', 'waferd:session:' .. id, expiresAt)
  redis.call('ZADD', 'waferd:sessions:' .. appid, 0, userEntry(openid, id))
  redis.call('ZADD', '${SESSIONS_BY_EXPIRY}', 'NX', expiresAt, expiryEntry(appid, id, openid))
end
local function remove(appid, id, openid)
  redis.call('ZREM', 'waferd:sessions:' .. appid, userEntry(openid, id))
  redis.call('ZREM', '${SESSIONS_BY_EXPIRY}', expiryEntry(appid, id, openid))
  if redis.call('GET', 'waferd:session:' .. id) == appid then redis.call('DEL', 'waferd:session:' .. id) end
  return redis.call('DEL', hashKey(appid, id))
end
local function write(appid, id, openid, expiresAt, from)
  redis.call('HSET', hashKey(appid, id), unpack(ARGV, from))
  redis.call('PEXPIREAT', hashKey(appid, id), expiresAt)
  redis.call('ZREM', '${SESSIONS_BY_EXPIRY}', expiryEntry(appid, id, openid))
  index(appid, id, openid, expiresAt)
end`;

/**
 * Writes a session if the user's other sessions are unchanged, and removes some of them. ARGV:
 * appid, openid, id, expiresAt, the number of other sessions, then of each: id, skey or '', '1' to
 * remove it; then the hash.
 */
export const ISSUE = new Script(`
${SESSION}
local appid, openid, id, expiresAt, count = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local now = redis.call('ZLEXCOUNT', 'waferd:sessions:' .. appid, '[' .. openid .. '\\0', '(' .. openid .. '\\1')
if now ~= count then return 'changed' end
for i = 0, count - 1 do
  local skey = redis.call('HGET', hashKey(appid, ARGV[6 + 3 * i]), 'skey') or ''
  if skey ~= ARGV[7 + 3 * i] then return 'changed' end
end
write(appid, id, openid, expiresAt, 6 + 3 * count)
for i = 0, count - 1 do
  local other = ARGV[6 + 3 * i]
  if other ~= id and ARGV[8 + 3 * i] == '1' then remove(appid, other, openid) end
end
return 'issued'`);

/** ARGV: appid, id, openid, skey, lvt, the newest lvt (ms) that may be replaced, expiresAt. */
export const TOUCH = new Script(`
${SESSION}
local appid, id, openid, skey, lvt, expiresAt = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[7])
local key = hashKey(appid, id)
local known = redis.call('HMGET', key, 'skey', 'lvt')
if known[1] ~= skey or (tonumber(known[2]) or 0) * 1000 > tonumber(ARGV[6]) then return 0 end
local dueAt = tonumber(redis.call('ZSCORE', '${SESSIONS_BY_EXPIRY}', expiryEntry(appid, id, openid)) or '0')
redis.call('HSET', key, 'lvt', lvt, '${INDEXED}', 1)
expiresAt = string.format('%.0f', math.max(expiresAt, dueAt))
redis.call('PEXPIREAT', key, expiresAt)
index(appid, id, openid, expiresAt)
return 1`);

/** Sets one field if the session still has this skey. ARGV: the hash's key, skey, field, value. */
export const REPLACE = new Script(`
if redis.call('HGET', ARGV[1], 'skey') ~= ARGV[2] then return 0 end
redis.call('HSET', ARGV[1], ARGV[3], ARGV[4])
return 1`);

/** ARGV: appid, id. */
export const REVOKE = new Script(`
${SESSION}
local openid = redis.call('HGET', hashKey(ARGV[1], ARGV[2]), 'openid')
if not openid then return 0 end
return remove(ARGV[1], ARGV[2], openid)`);

/**
 * Removes a part of an app's sessions. ARGV: appid, from, to, limit. Returns the numbers of entries
 * and of sessions.
 */
export const REVOKE_RANGE = new Script(`
${SESSION}
local entries = redis.call('ZRANGEBYLEX', 'waferd:sessions:' .. ARGV[1], ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])
local removed = 0
for _, entry in ipairs(entries) do
  local cut = string.find(entry, '%z')
  removed = removed + remove(ARGV[1], string.sub(entry, cut + 1), string.sub(entry, 1, cut - 1))
end
return { #entries, removed }`);

/**
 * Removes or moves due entries of the index by expiry. ARGV: now, limit of a due session's
 * remaining lifetime in milliseconds by Redis' clock, limit. Returns the numbers of removed and of
 * moved entries.
 */
export const SWEEP = new Script(`
${SESSION}
local now, left = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = redis.call('ZRANGEBYSCORE', '${SESSIONS_BY_EXPIRY}', '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
local removed = 0
for _, entry in ipairs(due) do
  local appid, id, openid = string.match(entry, '^(%S+) (%S+) (.*)$')
  local life = redis.call('PTTL', hashKey(appid, id))
  if life == -1 then
    redis.call('ZADD', '${SESSIONS_BY_EXPIRY}', now + 86400000, entry)
  elseif life > left then
    redis.call('ZADD', '${SESSIONS_BY_EXPIRY}', string.format('%.0f', now - left + life), entry)
  else
    remove(appid, id, openid)
    removed = removed + 1
  end
end
return { removed, #due - removed }`);

/** ARGV: appid, id, openid, ct, lvt, expiresAt, then the hash. */
export const PUT = new Script(`
${SESSION}
local appid, id, openid, ct, lvt = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local owner = redis.call('GET', 'waferd:session:' .. id)
if owner and owner ~= appid then return 'taken' end
local known = redis.call('HMGET', hashKey(appid, id), 'openid', 'ct', 'lvt')
if known[1] then
  if known[1] ~= openid then return 'taken' end
  local login, visit = tonumber(known[2]) or 0, tonumber(known[3]) or 0
  if ct < login or (ct == login and lvt <= visit) then return 'unchanged' end
end
write(appid, id, openid, ARGV[6], 7)
if known[1] then return 'replaced' end
return 'added'`);

/**
 * Adds a session that another server wrote to the indexes, unless it is there. ARGV: appid, id,
 * now.
 */
export const ADOPT = new Script(`
${SESSION}
local appid, id = ARGV[1], ARGV[2]
local known = redis.call('HMGET', hashKey(appid, id), 'uuid', 'openid')
if known[1] ~= id or not known[2] then return end
local owner = redis.call('GET', 'waferd:session:' .. id)
if owner and owner ~= appid then return end
redis.call('HSET', hashKey(appid, id), '${INDEXED}', 1)
if owner then return end
local life = redis.call('PTTL', hashKey(appid, id))
if life < 0 then life = 30 * 86400000 end
local expiresAt = string.format('%.0f', tonumber(ARGV[3]) + life)
index(appid, id, known[2], expiresAt)`);
