-- Script for wrk: sends the requests of a file, whose format http-request.ts describes. The
-- threads share the requests out, and each sends its own in turn. Arguments: the file and the
-- number of threads. The environment:
--   WRK_ONCE       sends no request twice: a thread ends with its last one
--   WRK_SESSIONS   the file has one request; its id and skey become those of sessions drawn at
--                  random from so many (see sessionProof in stored-sessions.ts)
--   WRK_LOOK       checks that each answer has the status WRK_STATUS and contains this text
local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds, micros; } time_of_day; int gettimeofday(time_of_day *, void *);")

local function now()
  local time = ffi.new("time_of_day")
  ffi.C.gettimeofday(time, nil)
  return tonumber(time.seconds) * 1e6 + tonumber(time.micros)
end

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  threads[#threads + 1] = thread
end

local once, sessions = os.getenv("WRK_ONCE"), tonumber(os.getenv("WRK_SESSIONS"))
local requests, at, asked = {}, 0, 0
local start, middle, rest

local function read_requests(path, count)
  local file = assert(io.open(path, "rb"))
  local place, first = 0, nil
  while true do
    local length = file:read("*n")
    if not length then break end
    file:read(1)
    if place % count == number then
      requests[#requests + 1] = file:read(length)
    elseif place == 0 then
      first = file:read(length)
    else
      file:seek("cur", length)
    end
    place = place + 1
  end
  file:close()
  -- A file of fewer requests than threads can only be one whose requests can be repeated.
  if #requests == 0 then requests[1] = first end
end

function init(arguments)
  read_requests(arguments[1], tonumber(arguments[2]))
  if sessions then
    local id, skey = ("I"):rep(32), ("S"):rep(64)
    local before, from = requests[1]:find(id, 1, true)
    local to, after = requests[1]:find(skey, 1, true)
    start = requests[1]:sub(1, before - 1)
    middle = requests[1]:sub(from + 1, to - 1)
    rest = requests[1]:sub(after + 1)
    math.randomseed(number + 1)
  end
  started, finished = 0, 0
end

-- The products are below 2^53, so they are exact.
local function word(session, factor)
  return session * factor % 0x100000000
end

function request()
  if sessions then
    local session = math.random(0, sessions - 1)
    return start .. string.format("%08x%08x%08x%08x", word(session, 0x1e3779b1),
      word(session, 0x05ebca6b), word(session, 0x02b2ae35), word(session, 0x07d4eb2f)) .. middle ..
      string.format("%064x", session) .. rest
  end
  asked = asked + 1
  -- wrk asks for one request before it starts.
  if asked == 2 then started = now() end
  if at == #requests and once then
    if finished == 0 then finished = now() end
    wrk.thread:stop()
    return requests[at]
  end
  at = at % #requests + 1
  return requests[at]
end

-- The first failure stops the run, so that only successes are measured.
if os.getenv("WRK_LOOK") then
  local expected, text = tonumber(os.getenv("WRK_STATUS")), os.getenv("WRK_LOOK")
  function response(status, _, body)
    if status ~= expected or not body:find(text, 1, true) then
      io.stderr:write("the request failed: ", status, " ", body, "\n")
      os.exit(1)
    end
  end
end

-- Returns the microseconds of the run: threads without further requests end before its time.
local function duration(summary)
  local from, to = math.huge, 0
  for _, thread in ipairs(threads) do
    if thread:get("finished") == 0 then return summary.duration end
    from = math.min(from, thread:get("started"))
    to = math.max(to, thread:get("finished"))
  end
  return to - from
end

function done(summary, latency)
  io.write(string.format("figures %d %d %.0f %.0f %.0f %.0f\n", summary.requests, duration(summary),
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9), latency.max))
end
