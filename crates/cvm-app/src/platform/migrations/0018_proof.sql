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

-- On whom a campaign works: what was learned, and how well.
CREATE TABLE uplift_models (
    campaign TEXT NOT NULL PRIMARY KEY,
    model TEXT NOT NULL -- JSON
);

CREATE TABLE uplift_scores (
    campaign TEXT NOT NULL,
    customer TEXT NOT NULL, -- the survivor of the scoring run whose values were asked
    effect BIGINT NOT NULL, -- expected, on the margin, in 1/10,000 of the currency's unit
    kind TEXT NOT NULL, -- persuadable, sure_thing, lost_cause, do_not_disturb
    PRIMARY KEY (campaign, customer)
);
CREATE INDEX uplift_scores_by_customer ON uplift_scores (customer);
