-- Plans: who gets what for a budget. A plan is made once, by a job; another wish is another plan.
CREATE TABLE plans (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT plans_name UNIQUE,
    definition TEXT NOT NULL, -- JSON
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    job TEXT NOT NULL,
    outcome TEXT, -- JSON; null until it is made
    saved_at BIGINT -- when its customers were asked to be made segments of
);

-- Who gets something, and what.
CREATE TABLE plan_choices (
    plan TEXT NOT NULL,
    customer TEXT NOT NULL, -- the survivor of the scoring run that it was made of
    action BIGINT NOT NULL, -- its place in the definition
    value BIGINT NOT NULL, -- expected, in 1/10,000 of the currency's unit
    PRIMARY KEY (plan, customer)
);
CREATE INDEX plan_choices_by_action ON plan_choices (plan, action, customer);
CREATE INDEX plan_choices_by_customer ON plan_choices (customer);
