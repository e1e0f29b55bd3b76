-- Profiles for wrk, at random. Arguments: API key, a file of customer ids.
local threads = 0
function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end

function init(args)
    headers = { ["Authorization"] = "Bearer " .. args[1] }
    ids = {}
    for line in io.lines(args[2]) do ids[#ids + 1] = line end
    math.randomseed(id + 1)
end

function request()
    return wrk.format("GET", "/api/v1/customers/" .. ids[math.random(#ids)], headers)
end

function done(summary, latency)
    io.write(string.format('{"requests":%d,"seconds":%.3f,"errors":%d,"p50_ms":%.2f,"p99_ms":%.2f}\n', summary.requests,
        summary.duration / 1e6, summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
