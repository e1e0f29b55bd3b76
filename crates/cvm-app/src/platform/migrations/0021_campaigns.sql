-- The offer that a message makes: chosen once, before it is handed over. Outcomes are told by the decision.
ALTER TABLE outbox ADD COLUMN offer_group TEXT;
ALTER TABLE outbox ADD COLUMN decision TEXT;

-- When a program followed the link that nobody sees.
ALTER TABLE outbox ADD COLUMN trapped_at BIGINT;

-- When it came back from an address that is there, but took nothing.
ALTER TABLE outbox ADD COLUMN soft_bounced_at BIGINT;

-- The file for the printer that a message is in.
ALTER TABLE outbox ADD COLUMN file TEXT;
CREATE INDEX outbox_by_file ON outbox (file);

-- Files for the printer: each message is in one of them, and each can be had again.
CREATE TABLE print_files (
    id TEXT NOT NULL PRIMARY KEY,
    campaign TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    messages BIGINT NOT NULL
);
CREATE INDEX print_files_by_campaign ON print_files (campaign, made_at);

-- Who did what a campaign is for, and when: the side is that of the member.
CREATE TABLE conversions (
    campaign TEXT NOT NULL,
    customer TEXT NOT NULL, -- the member
    at BIGINT NOT NULL,
    PRIMARY KEY (campaign, customer, at)
);
CREATE INDEX conversions_by_customer ON conversions (customer);

-- Up to which change of customers conversions were looked for.
CREATE TABLE conversion_state (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    change BIGINT NOT NULL,
    customer TEXT NOT NULL
);
INSERT INTO conversion_state (id, change, customer) VALUES (1, 0, '');

-- Answers to requests that carried a key, so that the same request again has the same answer and is done once.
CREATE TABLE idempotency_keys (
    caller TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    at BIGINT NOT NULL,
    status BIGINT, -- null while it is in work
    content_type TEXT,
    answer TEXT,
    PRIMARY KEY (caller, key_hash)
);
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (at);
