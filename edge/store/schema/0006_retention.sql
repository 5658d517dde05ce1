-- What may go once it is proven received; what a person corrected; and for whom it is kept no longer.

ALTER TABLE patient ADD COLUMN departed TEXT;
ALTER TABLE patient ADD COLUMN erased TEXT;

-- the content went; the row, its identity and what became of it stay
ALTER TABLE item ADD COLUMN purged TEXT;

-- a corrected object has a UID of its own at the destination that may have the first one; NULL is the item's
ALTER TABLE outbox ADD COLUMN sop_uid TEXT;
ALTER TABLE outbox ADD COLUMN purged INTEGER NOT NULL DEFAULT 0;

CREATE INDEX outbox_purgeable ON outbox (item) WHERE state = 'received' AND purged = 0;

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
