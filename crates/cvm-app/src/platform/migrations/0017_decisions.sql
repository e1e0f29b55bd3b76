-- What was decided, with all that it depended on but offers and models: these are known by the numbers of catalogue and outcomes.
CREATE TABLE decisions (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    customer TEXT NOT NULL, -- the survivor at that time; empty where they were erased
    channel TEXT NOT NULL,
    placement TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    catalogue BIGINT NOT NULL,
    outcomes BIGINT NOT NULL, -- so many outcomes were learned from
    wanted BIGINT NOT NULL, -- so many actions
    inputs TEXT NOT NULL, -- JSON
    candidates TEXT NOT NULL, -- keys of the treatments that could be made, packed
    answer TEXT NOT NULL -- JSON
);
CREATE INDEX decisions_by_customer ON decisions (customer, at);
CREATE INDEX decisions_by_time ON decisions (at);

-- What became of what was offered, in the order in which it is learned from.
CREATE TABLE outcomes (
    seq BIGINT NOT NULL PRIMARY KEY,
    decision TEXT NOT NULL,
    customer TEXT NOT NULL,
    offer BIGINT NOT NULL,
    treatment BIGINT NOT NULL, -- its key among all treatments
    kind TEXT NOT NULL, -- shown, clicked, accepted, declined, ignored
    at BIGINT NOT NULL,
    chance BIGINT NOT NULL, -- of an acceptance, as it was told, in billionths
    cost BIGINT NOT NULL, -- in 1/10,000 of the currency's unit
    answered BIGINT, -- 1 for yes, 0 for no; null where nothing is learned from it
    features TEXT NOT NULL, -- JSON, of what is learned from
    CONSTRAINT outcomes_once UNIQUE (decision, offer, kind)
);
CREATE INDEX outcomes_by_treatment ON outcomes (treatment, seq);
CREATE INDEX outcomes_by_customer ON outcomes (customer, at);

-- What was shown and has no answer yet.
CREATE TABLE outcomes_awaited (
    decision TEXT NOT NULL,
    offer BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (decision, offer)
);
CREATE INDEX outcomes_awaited_by_due ON outcomes_awaited (due_at);

-- The model of a treatment after the outcome of this number: what it began with, and then from time to time. What is between is
-- learned again from the outcomes.
CREATE TABLE propensity_models (
    treatment BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    answers BIGINT NOT NULL,
    prior TEXT NOT NULL, -- base64 of means and variances
    weights TEXT NOT NULL,
    PRIMARY KEY (treatment, seq)
);

-- Of all decisions and outcomes of an offer.
CREATE TABLE offer_counters (
    offer BIGINT NOT NULL PRIMARY KEY,
    offered BIGINT NOT NULL,
    shown BIGINT NOT NULL,
    clicked BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    declined BIGINT NOT NULL,
    ignored BIGINT NOT NULL,
    spent BIGINT NOT NULL, -- in 1/10,000 of the currency's unit
    earned BIGINT NOT NULL -- expected margin of what was accepted
);

-- The number of the last outcome. Locking the row makes a writer of outcomes and models the only one.
CREATE TABLE decision_state (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    outcomes BIGINT NOT NULL
);
INSERT INTO decision_state (id, outcomes) VALUES (1, 0);

-- What goes with what, as of the last training: how it was found, and one row a product. Nothing of it is of one person.
CREATE TABLE recommender (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    run TEXT NOT NULL, -- the scoring run after which it was trained
    trained_at BIGINT NOT NULL,
    description TEXT NOT NULL -- JSON
);
CREATE TABLE recommender_products (
    place BIGINT NOT NULL PRIMARY KEY,
    product TEXT NOT NULL,
    category TEXT,
    buyers BIGINT NOT NULL,
    weights TEXT NOT NULL -- base64: how much having it speaks for each other
);
