-- What the lake must have before it can forget: the last batch of the inbox when somebody was erased. Then when it forgot, and
-- when nothing was left of them in the unused parts of the database's file.
ALTER TABLE erasures ADD COLUMN last_batch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE erasures ADD COLUMN forgotten_at BIGINT;
ALTER TABLE erasures ADD COLUMN wiped_at BIGINT;

-- Every round of messages asks whether anybody was erased since they were received.
CREATE INDEX erasures_by_time ON erasures (erased_at);
CREATE INDEX erasure_identifiers_by_erasure ON erasure_identifiers (erasure);
