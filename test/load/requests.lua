-- Script for wrk: POSTs bodies made of the lines of a file, in turn. The words of a line replace
-- the "%s" of the template. Each thread begins at another line. Arguments: the file, the number of
-- threads, the template, then headers as "Name: value".
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  local count, template = tonumber(arguments[2]), arguments[3]
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  for place = 4, #arguments do
    local name, value = arguments[place]:match("^(%S+): (.*)$")
    wrk.headers[name] = value
  end
  requests = {}
  for line in io.lines(arguments[1]) do
    local first, second = line:match("(%S+) ?(%S*)")
    requests[#requests + 1] = wrk.format(nil, nil, nil, template:format(first, second))
  end
  at = math.floor(#requests * number / count)
  -- Lines that work only once are divided among the threads.
  if os.getenv("WRK_ONCE") then last = math.floor(#requests * (number + 1) / count) end
end

function request()
  if at == last then
    io.stderr:write("every line has been used\n")
    os.exit(1)
  end
  at = at % #requests + 1
  return requests[at]
end

-- The first failure stops the run, so that only successes are measured.
if os.getenv("WRK_LOOK") then
  function response(status, _, body)
    if status ~= 200 or not body:find('"returnCode":0,', 1, true) then
      io.stderr:write("the request failed: ", status, " ", body, "\n")
      os.exit(1)
    end
  end
end

function done(summary, latency)
  io.write(string.format("figures %d %d %.0f %.0f %.0f\n", summary.requests, summary.duration,
    latency:percentile(99), latency:percentile(99.9), latency.max))
end
