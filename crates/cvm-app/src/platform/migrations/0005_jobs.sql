-- Work to be done beside the requests, each at its time and by one server.
CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL, -- which of its kind; empty where there is one
    input TEXT NOT NULL, -- JSON
    state TEXT NOT NULL, -- waiting, running, done, failed, cancelled
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    attempts BIGINT NOT NULL,
    holder TEXT,
    held_until BIGINT,
    progress TEXT NOT NULL,
    result TEXT NOT NULL, -- JSON
    error TEXT NOT NULL
);
-- One that waits serves everybody who asks for the same.
CREATE UNIQUE INDEX jobs_waiting ON jobs (kind, subject) WHERE state = 'waiting';
CREATE INDEX jobs_by_state ON jobs (state, due_at);
