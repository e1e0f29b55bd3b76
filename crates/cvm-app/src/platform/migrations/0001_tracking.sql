-- Who may send: one row a source of events.
CREATE TABLE sources (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    write_key TEXT NOT NULL CONSTRAINT sources_write_key UNIQUE,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

-- Received and acknowledged, not yet everywhere it belongs. A row holds the messages of one commit, one JSON a line.
CREATE TABLE inbox (
    batch BIGINT NOT NULL PRIMARY KEY,
    received_at BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    body TEXT NOT NULL
);

-- The number of the last batch. Taking the next one locks this row until the batch is committed, so batches become
-- visible in the order of their numbers, on both databases and with several servers.
CREATE TABLE inbox_position (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    last_batch BIGINT NOT NULL
);
INSERT INTO inbox_position (id, last_batch) VALUES (1, 0);

-- Message ids seen, as 128 bits of a hash over source and id.
CREATE TABLE message_ids (
    high BIGINT NOT NULL,
    low BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (high, low)
);
CREATE INDEX message_ids_by_time ON message_ids (received_at);
