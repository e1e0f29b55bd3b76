-- Since when somebody waits at their step; null before they have begun it.
ALTER TABLE programme_people ADD COLUMN since BIGINT;

-- How many went past each step, by which way where ways part.
CREATE TABLE programme_passages (
    programme TEXT NOT NULL,
    step BIGINT NOT NULL,
    way BIGINT NOT NULL, -- 0 where there is one only
    people BIGINT NOT NULL,
    PRIMARY KEY (programme, step, way)
);

-- Up to which change of customers, and which of them, it was looked who did what.
CREATE TABLE programme_state (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    change BIGINT NOT NULL,
    customer TEXT NOT NULL
);
INSERT INTO programme_state (id, change, customer) SELECT 1, changes, '' FROM customer_changes WHERE id = 1;

-- By what the chances of the model are corrected: base64 of numbers; null for one that was begun before they were.
ALTER TABLE propensity_models ADD COLUMN calibration TEXT;

-- What of the cost of an acceptance is a reward or a gift, in 1/10,000 of the currency's unit: discounts are off the margin already.
ALTER TABLE outcomes ADD COLUMN reward BIGINT NOT NULL DEFAULT 0;
