-- Decisions for wrk, at random. Arguments: API key, a file of customer ids.
local threads = 0
function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end

function init(args)
    headers = { ["Authorization"] = "Bearer " .. args[1], ["Content-Type"] = "application/json" }
    ids = {}
    for line in io.lines(args[2]) do ids[#ids + 1] = line end
    math.randomseed(id + 1)
end

function request()
    local body = string.format('{"customer":"%s","count":3,"placement":"home","context":{"intent":"browse","basket":%d}}',
        ids[math.random(#ids)], math.random(200))
    return wrk.format("POST", "/api/v1/decisions", headers, body)
end

function done(summary, latency)
    io.write(string.format('{"requests":%d,"seconds":%.3f,"errors":%d,"p50_ms":%.2f,"p99_ms":%.2f}\n', summary.requests,
        summary.duration / 1e6, summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
