-- Messages by source and by the day on which they were received.
CREATE TABLE source_days (
    source TEXT NOT NULL,
    day BIGINT NOT NULL, -- since 1970, by UTC
    messages BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (day, source)
);
