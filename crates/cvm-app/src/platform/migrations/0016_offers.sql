-- What can be offered.
CREATE TABLE offers (
    number BIGINT NOT NULL PRIMARY KEY, -- what decisions and models are kept by
    id TEXT NOT NULL CONSTRAINT offers_id UNIQUE,
    name TEXT NOT NULL CONSTRAINT offers_name UNIQUE,
    definition TEXT NOT NULL, -- JSON
    last_treatment BIGINT NOT NULL, -- the largest number that a treatment of it has had
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL
);

-- What an offer was, from each number of the catalogue on; also of those that were taken away, so that a decision of then can be
-- made again.
CREATE TABLE offer_versions (
    offer BIGINT NOT NULL,
    version BIGINT NOT NULL,
    catalogue BIGINT NOT NULL,
    definition TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (offer, version)
);

-- How often the catalogue was changed, and the last number given to an offer. Locking the row makes a writer the only one.
CREATE TABLE offer_state (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    catalogue BIGINT NOT NULL,
    last_number BIGINT NOT NULL
);
INSERT INTO offer_state (id, catalogue, last_number) VALUES (1, 0, 0);
