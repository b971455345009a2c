-- SPDX-License-Identifier: Apache-2.0
--
-- wrk's part of Benchmarks/http: asks the paths of the file that REQUESTS names, in an order of its own,
-- and says at the end what was measured.
local paths = {}
for line in io.lines(os.getenv("REQUESTS")) do paths[#paths + 1] = line end

function init()
  math.randomseed(1)
  wrk.headers["X-TYPESENSE-API-KEY"] = os.getenv("KEY")
  for index = #paths, 2, -1 do
    local other = math.random(index)
    paths[index], paths[other] = paths[other], paths[index]
  end
  for index, path in ipairs(paths) do paths[index] = wrk.format("GET", path) end
end

local place = 0
function request()
  place = place % #paths + 1
  return paths[place]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "per_second": %.0f, "p50_ms": %.2f, "p90_ms": %.2f, "p99_ms": %.2f, ' ..
    '"p999_ms": %.2f, "max_ms": %.2f, "mean_bytes": %d, "errors": %d}\n',
    summary.requests, summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3,
    latency:percentile(90) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3,
    latency.max / 1e3, summary.bytes / math.max(1, summary.requests),
    errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end
