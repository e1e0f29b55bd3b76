-- How far each reader of the inbox is: everything up to and with this batch is where it belongs. Locking the row makes a
-- reader the only one of its name; a batch of the inbox goes when all readers are past it.
CREATE TABLE consumers (
    name TEXT NOT NULL PRIMARY KEY,
    batch BIGINT NOT NULL
);

-- One row a user id or anonymous id ever seen. A person is all rows with the same survivor: the id of the oldest of them.
-- Nothing is ever moved from row to row, so what was joined can be parted again.
CREATE TABLE customers (
    id TEXT NOT NULL PRIMARY KEY,
    survivor TEXT NOT NULL,
    known_by TEXT NOT NULL, -- user_id:.. or anonymous_id:..
    created_at BIGINT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    identifiers BIGINT NOT NULL, -- how many rows of customer_identifiers
    events BIGINT NOT NULL, -- how many rows of customer_events
    attributes TEXT NOT NULL -- JSON: {name: {value, time, source}}
);
CREATE INDEX customers_by_survivor ON customers (survivor);

-- How many changes of customers there were. Whoever changes any locks this row first, so a server that finds its own last
-- number knows that what it remembers still holds.
CREATE TABLE customer_changes (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    changes BIGINT NOT NULL
);
INSERT INTO customer_changes (id, changes) VALUES (1, 0);

-- Who has shown which identifier (kind:value). Rows of one customer's and another's that are neither refused nor blocked
-- make both the same person.
CREATE TABLE customer_identifiers (
    identifier TEXT NOT NULL,
    customer TEXT NOT NULL,
    linked_at BIGINT NOT NULL,
    since BIGINT NOT NULL, -- an anonymous id belongs to the customer of the latest of these
    refused_at BIGINT, -- shown, but not joining
    source TEXT NOT NULL,
    PRIMARY KEY (identifier, customer)
);
CREATE INDEX customer_identifiers_by_customer ON customer_identifiers (customer);

-- Identifiers that identify nobody, with the reason.
CREATE TABLE identifier_blocks (
    identifier TEXT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    blocked_at BIGINT NOT NULL
);

-- Customers that were parted by hand and are not to be joined again.
CREATE TABLE customers_apart (
    a TEXT NOT NULL,
    b TEXT NOT NULL,
    parted_at BIGINT NOT NULL,
    parted_by TEXT NOT NULL,
    PRIMARY KEY (a, b)
);
CREATE INDEX customers_apart_by_b ON customers_apart (b);

-- Which joined which, by what, when; and when it was undone.
CREATE TABLE customer_merges (
    id TEXT NOT NULL PRIMARY KEY,
    survivor TEXT NOT NULL,
    merged TEXT NOT NULL,
    identifier TEXT NOT NULL,
    message_id TEXT,
    merged_at BIGINT NOT NULL,
    merged_by TEXT NOT NULL,
    unmerged_at BIGINT,
    unmerged_by TEXT
);
CREATE INDEX customer_merges_by_survivor ON customer_merges (survivor);
CREATE INDEX customer_merges_by_merged ON customer_merges (merged);

-- Every change of a consent; the latest by time holds.
CREATE TABLE customer_consents (
    id TEXT NOT NULL PRIMARY KEY,
    customer TEXT NOT NULL,
    purpose TEXT NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    time BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    source TEXT NOT NULL,
    proof TEXT NOT NULL -- JSON
);
CREATE INDEX customer_consents_by_customer ON customer_consents (customer, purpose, channel, time);

-- The latest events of each customer, in short; all of them are in the lake.
CREATE TABLE customer_events (
    customer TEXT NOT NULL,
    time BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT,
    source TEXT NOT NULL,
    summary TEXT NOT NULL, -- JSON
    order_id TEXT,
    amount BIGINT,
    currency TEXT,
    PRIMARY KEY (customer, time, message_id)
);

-- The columns of the last scoring run, by the surviving customer.
CREATE TABLE customer_values (
    customer TEXT NOT NULL PRIMARY KEY,
    run TEXT NOT NULL,
    computed_at BIGINT NOT NULL,
    columns TEXT NOT NULL -- JSON
);

-- The secret that makes hashes of identifiers useless to who has only them.
CREATE TABLE identifier_salt (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    salt TEXT NOT NULL
);

-- Hashes of identifiers that are not to be contacted, or of whom nothing is to be kept. They outlive an erasure.
CREATE TABLE suppressions (
    hash TEXT NOT NULL PRIMARY KEY,
    scope TEXT NOT NULL, -- contact, or processing
    reason TEXT NOT NULL,
    suppressed_at BIGINT NOT NULL
);

-- Erasures, with the hashes by which lake and restored backups are erased again.
CREATE TABLE erasures (
    id TEXT NOT NULL PRIMARY KEY,
    erased_at BIGINT NOT NULL,
    erased_by TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE TABLE erasure_identifiers (
    hash TEXT NOT NULL,
    erasure TEXT NOT NULL,
    from_time BIGINT NOT NULL,
    until_time BIGINT NOT NULL,
    received_until BIGINT NOT NULL,
    PRIMARY KEY (hash, erasure)
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
