-- What is said to whoever enters a segment, step by step. Each step that says something is a campaign of its own.
CREATE TABLE programmes (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT programmes_name UNIQUE,
    state TEXT NOT NULL, -- draft, running, paused, stopped
    definition TEXT NOT NULL, -- JSON: entry, steps, goal
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    started_at BIGINT,
    looked_at BIGINT NOT NULL -- up to when it was looked who entered
);

-- Who is on their way through, and how they left.
CREATE TABLE programme_people (
    programme TEXT NOT NULL,
    customer TEXT NOT NULL, -- the survivor at that time
    entered_at BIGINT NOT NULL,
    step BIGINT NOT NULL, -- the next one
    due_at BIGINT NOT NULL,
    state TEXT NOT NULL, -- active, done, left, goal, control, again
    PRIMARY KEY (programme, customer, entered_at)
);
CREATE INDEX programme_people_by_due ON programme_people (programme, state, due_at);
CREATE INDEX programme_people_by_customer ON programme_people (customer);

-- The programme that a campaign is a step of, and which; null for one that stands for itself.
ALTER TABLE campaigns ADD COLUMN programme TEXT;
ALTER TABLE campaigns ADD COLUMN programme_step BIGINT;
CREATE UNIQUE INDEX campaigns_by_programme ON campaigns (programme, programme_step);
