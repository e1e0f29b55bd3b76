-- Whom messages are sent to, and what became of each.
CREATE TABLE webhook_endpoints (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    secret TEXT NOT NULL, -- messages are signed with it, so it cannot be kept as a hash
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    disabled_at BIGINT,
    disabled_because TEXT NOT NULL
);

CREATE TABLE webhook_deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    endpoint TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL, -- JSON
    asked_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    tried_at BIGINT,
    delivered_at BIGINT,
    failed_at BIGINT,
    status BIGINT, -- of HTTP
    error TEXT NOT NULL
);
CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint, id);
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (asked_at);

-- What is watched of the figures of the overview: targets, limits, and what is unusual. Figures are in 1/10,000.
CREATE TABLE alerts (
    id TEXT NOT NULL PRIMARY KEY,
    figure TEXT NOT NULL,
    kind TEXT NOT NULL, -- target, above, below or unusual
    threshold BIGINT, -- null for what is unusual
    days BIGINT NOT NULL, -- over how many days the figure is counted
    emails TEXT NOT NULL, -- JSON, a list
    webhook TEXT, -- an endpoint
    language TEXT NOT NULL, -- of the messages
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    state TEXT NOT NULL, -- new, quiet, raised, met or missed: the last that was known
    checked_at BIGINT,
    checked_day TEXT, -- the last day of the period
    value BIGINT, -- null where there is none
    low BIGINT, -- between what is usual
    high BIGINT
);

-- What each day showed.
CREATE TABLE alert_checks (
    alert TEXT NOT NULL,
    day TEXT NOT NULL,
    checked_at BIGINT NOT NULL,
    value BIGINT,
    low BIGINT,
    high BIGINT,
    state TEXT NOT NULL,
    changed BIGINT NOT NULL, -- 1 where the state was another before
    PRIMARY KEY (alert, day)
);
CREATE INDEX alert_checks_by_time ON alert_checks (checked_at);

-- What was spent to win customers, by month and channel.
CREATE TABLE acquisition_spend (
    month TEXT NOT NULL, -- 2026-01
    channel TEXT NOT NULL,
    amount BIGINT NOT NULL, -- in 1/10,000 of the currency's unit
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (month, channel)
);
