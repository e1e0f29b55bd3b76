-- How pages write for somebody: empty as is usual in their language, else `gregorian` and `latin`.
ALTER TABLE users ADD COLUMN calendar TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN digits TEXT NOT NULL DEFAULT '';

-- What is set of the company in pages: one row.
CREATE TABLE company (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    accent TEXT NOT NULL
);
