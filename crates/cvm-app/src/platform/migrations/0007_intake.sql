-- How far each import and sync has read. A row moves in the commit that stores what was read up to there.
CREATE TABLE bookmarks (
    name TEXT NOT NULL PRIMARY KEY, -- import:.. or sync:..
    moves BIGINT NOT NULL, -- who moves it must know how often it was moved: of two readers one goes on
    place TEXT NOT NULL, -- JSON: where to go on
    accepted BIGINT NOT NULL, -- rows in all
    repeated BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    moved_at BIGINT NOT NULL,
    ran_at BIGINT, -- the end of the last run, and why it failed
    error TEXT NOT NULL
);

-- The files of a folder or bucket that a sync has read to their end.
CREATE TABLE synced_files (
    bookmark TEXT NOT NULL,
    file TEXT NOT NULL,
    version TEXT NOT NULL, -- what changes with the content
    read_at BIGINT NOT NULL,
    PRIMARY KEY (bookmark, file)
);
