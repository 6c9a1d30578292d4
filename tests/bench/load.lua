-- wrk's side of a load: each thread posts the lines of its own list once (`path<TAB>body`) to its own server, then says "spent".
-- wrk -s load.lua URL -- FOLDER PORT...   thread k reads FOLDER/k and goes to the k-th port; headers come by -H.
-- Ends with a line of JSON: seconds, answers in order, others, and the 50th and 99th percentile in ms.

local threads = {}
posts, asked, ok, bad = {}, 0, 0, 0

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  wrk.thread.addr = wrk.lookup("127.0.0.1", args[number + 2])[1]
  for line in io.lines(args[1] .. "/" .. number) do table.insert(posts, line) end
  if number == 0 then asked = -1 end -- wrk asks its first thread once beforehand, to see what requests look like
end

function request()
  asked = asked + 1
  local line = posts[math.max(asked, 1)]
  if not line then return "POST" end -- the beginning of a request: nobody answers while the last answers are on their way
  local path, body = string.match(line, "^(%S+)\t(.*)$")
  return wrk.format("POST", path, nil, body)
end

function response(status, headers, body)
  if status < 400 then
    ok = ok + 1
  else
    bad = bad + 1
    if bad == 1 then io.stderr:write(status, " ", string.sub(body, 1, 300), "\n") end
  end
  if ok + bad == #posts then
    io.stdout:write("spent\n")
    io.stdout:flush()
    wrk.thread:stop()
  end
end

function done(summary, latency)
  local all_ok, all_bad = 0, 0
  for _, thread in ipairs(threads) do
    all_ok, all_bad = all_ok + thread:get("ok"), all_bad + thread:get("bad")
  end
  print(string.format(
    '{"seconds": %.6f, "ok": %d, "bad": %d, "p50_ms": %.3f, "p99_ms": %.3f}',
    summary.duration / 1e6, all_ok, all_bad, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end
