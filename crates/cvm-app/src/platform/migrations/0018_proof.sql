-- What counts in a comparison: of a campaign by its id, of everything that is done under `all`.
CREATE TABLE proof_settings (
    subject TEXT NOT NULL PRIMARY KEY,
    settings TEXT NOT NULL, -- JSON
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL
);

-- Every look that was taken at a result, one a scoring run: how often somebody looked is a part of what it proves.
CREATE TABLE proof_looks (
    subject TEXT NOT NULL,
    run TEXT NOT NULL,
    data_until BIGINT NOT NULL, -- orders up to here were looked at
    results TEXT NOT NULL, -- JSON
    PRIMARY KEY (subject, run)
);
CREATE INDEX proof_looks_by_time ON proof_looks (subject, data_until);
