-- wrk: checks the sessions of a file round robin, one "id skey" a line. Each thread begins elsewhere in it.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  local body = '{"version":1,"componentName":"MA","interface":{"interfaceName":"qcloud.cam.auth",'
    .. '"para":{"id":"%s","skey":"%s"}}}'
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  requests = {}
  for line in io.lines(arguments[1]) do
    local id, skey = line:match("(%S+) (%S+)")
    requests[#requests + 1] = wrk.format(nil, nil, nil, body:format(id, skey))
  end
  at = math.floor(#requests * number / tonumber(arguments[2]))
end

function request()
  at = at % #requests + 1
  return requests[at]
end

-- The first answer that is not a success stops the run: what is measured has to be what was meant.
if os.getenv("VERIFY_ANSWERS") then
  function response(status, _, body)
    if status ~= 200 or not body:find('"returnCode":0,', 1, true) then
      io.stderr:write("an answer that is no success: ", status, " ", body, "\n")
      os.exit(1)
    end
  end
end
