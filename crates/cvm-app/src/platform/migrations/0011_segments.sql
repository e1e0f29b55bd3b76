-- When each person last changed, as the number of that change (customer_changes): whoever keeps up with persons goes on after the
-- last one that it has seen.
CREATE TABLE customer_changed (
    customer TEXT NOT NULL PRIMARY KEY,
    change BIGINT NOT NULL
);
CREATE INDEX customer_changed_by_change ON customer_changed (change, customer);

-- What an event says of an order, line by line: JSON.
ALTER TABLE customer_events ADD COLUMN order_event TEXT;

-- Who belongs together, as a rule.
CREATE TABLE segments (
    number BIGINT NOT NULL PRIMARY KEY, -- what members are kept by
    id TEXT NOT NULL CONSTRAINT segments_id UNIQUE,
    name TEXT NOT NULL CONSTRAINT segments_name UNIQUE,
    ready TEXT, -- which of those that are there from the start; null once it was renamed
    description TEXT NOT NULL,
    rule TEXT NOT NULL, -- JSON
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    filled_version BIGINT NOT NULL, -- the version of the rule whose members are kept; 0 for none yet
    filled_at BIGINT,
    customers BIGINT NOT NULL,
    value BIGINT NOT NULL -- in 1/10,000 of the currency's unit
);

-- The rules that a segment has had.
CREATE TABLE segment_versions (
    segment BIGINT NOT NULL,
    version BIGINT NOT NULL,
    rule TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (segment, version)
);

CREATE TABLE segment_members (
    segment BIGINT NOT NULL,
    customer TEXT NOT NULL, -- the survivor
    entered_at BIGINT NOT NULL,
    PRIMARY KEY (segment, customer)
);
CREATE INDEX segment_members_by_customer ON segment_members (customer);

-- Who entered and who left, but for what a new rule changed at once.
CREATE TABLE segment_moves (
    segment BIGINT NOT NULL,
    at BIGINT NOT NULL,
    customer TEXT NOT NULL,
    entered BIGINT NOT NULL, -- 1, or 0 for who left
    PRIMARY KEY (segment, at, customer)
);
CREATE INDEX segment_moves_by_customer ON segment_moves (customer);

CREATE TABLE segment_sizes (
    segment BIGINT NOT NULL,
    at BIGINT NOT NULL,
    customers BIGINT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (segment, at)
);

-- How many belong to both, as of the last time that all were computed.
CREATE TABLE segment_overlaps (
    segment BIGINT NOT NULL,
    other BIGINT NOT NULL,
    customers BIGINT NOT NULL,
    PRIMARY KEY (segment, other)
);

-- Whoever was looked at alone: when, and when by the passing of time alone to look again.
CREATE TABLE segment_checks (
    customer TEXT NOT NULL PRIMARY KEY,
    checked_at BIGINT NOT NULL,
    due_at BIGINT
);
CREATE INDEX segment_checks_by_due ON segment_checks (due_at);

-- Up to which change everybody was looked at, when the lake last took everybody over, and when the segments that are there from
-- the start were made. Locking the row makes a writer of members the only one.
CREATE TABLE segment_state (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    change BIGINT NOT NULL,
    customer TEXT NOT NULL,
    handed_at BIGINT,
    seeded_at BIGINT
);
INSERT INTO segment_state (id, change, customer) VALUES (1, 0, '');
