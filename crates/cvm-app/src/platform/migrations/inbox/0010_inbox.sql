-- The inbox of an installation on SQLite: a file of its own, so that who sends shares no writer with those who read. On
-- PostgreSQL the same tables are in the one database; only message ids are kept in another way there.

-- Received and acknowledged, not yet everywhere it belongs. A row holds the messages of one commit, one JSON a line, packed.
CREATE TABLE inbox (
    batch BIGINT NOT NULL PRIMARY KEY,
    received_at BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    body TEXT NOT NULL
);

-- The number of the last batch.
CREATE TABLE inbox_position (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    last_batch BIGINT NOT NULL
);
INSERT INTO inbox_position (id, last_batch) VALUES (1, 0);

-- Message ids seen, as 128 bits of a hash over source and id: those of each commit, in Base64.
CREATE TABLE fresh_ids (
    batch BIGINT NOT NULL PRIMARY KEY,
    received_at BIGINT NOT NULL,
    ids TEXT NOT NULL
);

-- Many of them in order: a run has all that were fresh up to a batch, which is its number; below zero are those of before.
CREATE TABLE id_runs (
    run BIGINT NOT NULL PRIMARY KEY,
    received_until BIGINT NOT NULL,
    bits BIGINT NOT NULL, -- how many of the first bits of an id say in which part it is
    filter TEXT NOT NULL -- a Bloom filter over all of them, in Base64
);
CREATE TABLE id_parts (
    run BIGINT NOT NULL,
    part BIGINT NOT NULL,
    ids TEXT NOT NULL,
    PRIMARY KEY (run, part)
);

-- How far each import and sync has read. A row moves in the commit that stores what was read up to there.
CREATE TABLE bookmarks (
    name TEXT NOT NULL PRIMARY KEY, -- import:.. or sync:..
    moves BIGINT NOT NULL, -- who moves it must know how often it was moved: of two readers one goes on
    place TEXT NOT NULL, -- JSON: where to go on
    accepted BIGINT NOT NULL, -- rows in all
    repeated BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    moved_at BIGINT NOT NULL,
    ran_at BIGINT, -- the end of the last run, and why it failed
    error TEXT NOT NULL
);
CREATE TABLE synced_files (
    bookmark TEXT NOT NULL,
    file TEXT NOT NULL,
    version TEXT NOT NULL, -- what changes with the content
    read_at BIGINT NOT NULL,
    PRIMARY KEY (bookmark, file)
);

-- Records that were refused, with the reason, until they are replayed or have aged.
CREATE TABLE rejections (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL, -- customers, transactions, events
    source TEXT NOT NULL,
    pointer TEXT NOT NULL,
    reason TEXT NOT NULL,
    record TEXT NOT NULL,
    rejected_at BIGINT NOT NULL,
    replayed_at BIGINT
);
CREATE INDEX rejections_by_time ON rejections (rejected_at);
