-- One notice per request, each with an identity of its own. KEY, MEMBER and RUN come from the environment.
local counter = 0
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end
local key, member, run = os.getenv("KEY"), os.getenv("MEMBER"), os.getenv("RUN")
local before = '{"specversion":"1.0","source":"/bench","member":"' .. member .. '","type":"br.malha.agreement.signed.v1","time":"2026-01-05T12:00:00Z","subject":"'
local after = '","data":' .. os.getenv("DATA") .. '}'
local headers = { ["Content-Type"] = "application/cloudevents+json", ["Authorization"] = "Bearer " .. key }
function request()
  counter = counter + 1
  local id = run .. "-" .. number .. "-" .. counter
  return wrk.format("POST", nil, headers, before .. id .. '","id":"' .. id .. after)
end
function done(summary, latency)
  io.write(string.format("RESULT %d %d %f %f %f\n", summary.requests, summary.errors.status + summary.errors.read + summary.errors.write + summary.errors.timeout + summary.errors.connect, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
