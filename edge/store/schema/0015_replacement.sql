-- People who were let in at the screen for one shift: they stand on list 0, until `ends`.

ALTER TABLE staff ADD COLUMN since TEXT; -- NULL for everybody of a signed list
ALTER TABLE staff ADD COLUMN since_boot TEXT NOT NULL DEFAULT '';
ALTER TABLE staff ADD COLUMN since_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN ends TEXT;
ALTER TABLE staff ADD COLUMN let_in_by TEXT NOT NULL DEFAULT ''; -- the id of who did
