-- Events for wrk. Arguments: write key in Base64, events a request, number of users, a word that makes ids of this run unique.
local threads = 0
function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end

function init(args)
    key, each, users, word = args[1], tonumber(args[2]), tonumber(args[3]), args[4]
    count = 0
    math.randomseed(id + 1)
    headers = { ["Authorization"] = "Basic " .. key, ["Content-Type"] = "application/json" }
end

local event = '"messageId":"%s-%d-%d","userId":"user-%d","event":"Product Viewed","timestamp":"2026-05-04T10:11:12Z",' ..
    '"properties":{"product_id":"p%d","name":"Merino sweater","category":"knitwear","price":79.9,"currency":"EUR"},' ..
    '"context":{"locale":"pl-PL","page":{"path":"/p/%d","url":"https://shop.example/p/%d"},"library":{"name":"wrk","version":"4"}}'

local function one()
    count = count + 1
    local product = math.random(5000)
    return string.format(event, word, id, count, math.random(users), product, product, product)
end

function request()
    if each == 1 then
        return wrk.format("POST", "/v1/track", headers, "{" .. one() .. "}")
    end
    local calls = {}
    for call = 1, each do
        calls[call] = '{"type":"track",' .. one() .. "}"
    end
    return wrk.format("POST", "/v1/batch", headers, '{"batch":[' .. table.concat(calls, ",") .. "]}")
end

refused = 0
function response(status)
    if status ~= 200 then refused = refused + 1 end
end

function done(summary, latency)
    io.write(string.format('{"requests":%d,"seconds":%.3f,"errors":%d,"p50_ms":%.2f,"p99_ms":%.2f}\n', summary.requests,
        summary.duration / 1e6, summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
