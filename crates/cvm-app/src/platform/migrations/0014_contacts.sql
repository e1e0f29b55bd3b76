-- Who may be told what, when, how often: one row, and the secret by which people are dealt to groups and addresses are signed.
CREATE TABLE contact_policy (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL,
    policy TEXT NOT NULL, -- JSON
    secret TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL
);

-- Who was told something, by which way: what caps count.
CREATE TABLE contacts (
    id TEXT NOT NULL PRIMARY KEY,
    customer TEXT NOT NULL,
    at BIGINT NOT NULL,
    channel TEXT NOT NULL,
    campaign TEXT,
    offer TEXT,
    offer_group TEXT
);
CREATE INDEX contacts_by_customer ON contacts (customer, at);

CREATE TABLE campaigns (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT campaigns_name UNIQUE,
    state TEXT NOT NULL, -- draft, waiting, scheduled, running, paused, done, stopped
    definition TEXT NOT NULL, -- JSON: audience, control, variants, schedule
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    approved_at BIGINT,
    approved_by TEXT,
    left_out TEXT NOT NULL, -- JSON: how many were not dealt to any side, by reason
    due_at BIGINT, -- when people are next chosen
    started_at BIGINT,
    ended_at BIGINT
);

-- Who is part of a campaign, and with whom they are compared. Nobody changes sides.
CREATE TABLE campaign_members (
    campaign TEXT NOT NULL,
    customer TEXT NOT NULL, -- the survivor at that time
    arm TEXT NOT NULL, -- treated, control, global_control
    variant TEXT NOT NULL, -- empty for who is not treated
    assigned_at BIGINT NOT NULL,
    tier TEXT, -- of value, at that time
    PRIMARY KEY (campaign, customer)
);
CREATE INDEX campaign_members_by_customer ON campaign_members (customer);

-- What is to be said, and what became of it.
CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY, -- also the key by which whoever takes it knows it again
    campaign TEXT NOT NULL,
    customer TEXT NOT NULL,
    occasion TEXT NOT NULL, -- which time of a campaign that comes again; empty for the only one
    step TEXT NOT NULL, -- of a programme; empty for a campaign
    channel TEXT NOT NULL,
    variant TEXT NOT NULL,
    offer TEXT,
    state TEXT NOT NULL, -- waiting, sending, ready, sent, refused, failed, unknown
    reason TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    sent_at BIGINT,
    cost BIGINT NOT NULL, -- in 1/10,000 of the currency's unit
    content TEXT, -- JSON: what was said, for ways on which it is asked for later
    opened_at BIGINT,
    clicked_at BIGINT,
    machine_at BIGINT, -- when a program opened it first
    unsubscribed_at BIGINT,
    bounced_at BIGINT,
    UNIQUE (campaign, customer, occasion, step)
);
CREATE INDEX outbox_by_due ON outbox (state, due_at, id);
CREATE INDEX outbox_by_campaign ON outbox (campaign, state);
CREATE INDEX outbox_by_customer ON outbox (customer, state);
