-- What may go once it is proven received; what a person corrected; and for whom it is kept no longer.

ALTER TABLE patient ADD COLUMN departed TEXT;
ALTER TABLE patient ADD COLUMN erased TEXT;

-- the content went; the row, its identity and what became of it stay
ALTER TABLE item ADD COLUMN purged TEXT;

-- under which UID it was built there, where the item got another one since by being corrected; NULL is the item's
ALTER TABLE outbox ADD COLUMN sop_uid TEXT;
ALTER TABLE outbox ADD COLUMN purged INTEGER NOT NULL DEFAULT 0;

CREATE INDEX outbox_purgeable ON outbox (changed_utc) WHERE state = 'received' AND purged = 0;

-- equal content is one file: who names it
CREATE INDEX item_of_file ON item (blob_sha256) WHERE blob_sha256 IS NOT NULL AND purged IS NULL;
CREATE INDEX outbox_of_file ON outbox (frozen_sha256) WHERE frozen_sha256 IS NOT NULL AND purged = 0;

-- objects that were built before an undoing or a correction: they stay as long as their item
CREATE TABLE superseded (
    item          INTEGER NOT NULL REFERENCES item (sequence),
    frozen_sha256 TEXT NOT NULL,
    PRIMARY KEY (item, frozen_sha256)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER outbox_superseded AFTER UPDATE OF frozen_sha256 ON outbox
WHEN old.frozen_sha256 IS NOT NULL AND new.frozen_sha256 IS NULL BEGIN
    INSERT OR IGNORE INTO superseded VALUES (old.item, old.frozen_sha256);
END;

-- what the content was before a person corrected it; append-only
CREATE TABLE correction (
    sequence INTEGER PRIMARY KEY,
    item     INTEGER NOT NULL REFERENCES item (sequence),
    at_utc   TEXT NOT NULL,
    payload  TEXT NOT NULL CHECK (json_valid(payload))
) STRICT;

-- one row for each certificate of what was purged; append-only
CREATE TABLE purge (
    sequence    INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    at_utc      TEXT NOT NULL,
    certificate TEXT NOT NULL CHECK (json_valid(certificate))
) STRICT;

CREATE TRIGGER correction_stays BEFORE UPDATE ON correction BEGIN
    SELECT RAISE(ABORT, 'a correction is never changed');
END;

CREATE TRIGGER correction_never_forgets BEFORE DELETE ON correction BEGIN
    SELECT RAISE(ABORT, 'a correction is never deleted');
END;

CREATE TRIGGER purge_stays BEFORE UPDATE ON purge BEGIN
    SELECT RAISE(ABORT, 'a certificate is never changed');
END;

CREATE TRIGGER purge_never_forgets BEFORE DELETE ON purge BEGIN
    SELECT RAISE(ABORT, 'a certificate is never deleted');
END;
