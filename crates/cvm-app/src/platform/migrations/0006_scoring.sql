-- Runs of scoring that came to their end. The latest is the one whose values are shown.
CREATE TABLE scoring_runs (
    id TEXT NOT NULL PRIMARY KEY, -- that of its job
    as_of TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    customers BIGINT NOT NULL,
    report TEXT NOT NULL -- JSON: data range, models, parameters, hold-out error, figures
);
CREATE INDEX scoring_runs_by_end ON scoring_runs (ended_at);

-- The columns of a run, by the surviving customer. Those of a run that has not ended are nobody's yet.
DROP TABLE customer_values;
CREATE TABLE customer_values (
    customer TEXT NOT NULL,
    run TEXT NOT NULL,
    columns TEXT NOT NULL, -- JSON
    PRIMARY KEY (customer, run)
);
