-- Who did what on whom, when and from where; one row an act, in the same transaction as what it did. Each row carries the
-- hash of itself and of the row before it (edge/domain/audit.py), the first one that of the store's name.

CREATE TABLE audit (
    -- AUTOINCREMENT remembers the last number that was given, also after its row was cut off
    sequence      INTEGER PRIMARY KEY AUTOINCREMENT,
    at_utc        TEXT NOT NULL,
    boot_id       TEXT NOT NULL,
    monotonic_ns  INTEGER NOT NULL,
    clock_trusted INTEGER NOT NULL CHECK (clock_trusted IN (0, 1)),
    known_by      TEXT NOT NULL,
    who           TEXT NOT NULL,
    who_name      TEXT NOT NULL,
    act           TEXT NOT NULL,
    -- names that outlive the rows which they name: no reference
    patient_id    TEXT NOT NULL,
    encounter_id  TEXT NOT NULL,
    item_id       TEXT NOT NULL,
    process       TEXT NOT NULL,
    door          TEXT NOT NULL,
    command       TEXT NOT NULL,
    call_id       TEXT NOT NULL,
    detail        TEXT NOT NULL,
    hash          BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'an entry of the audit trail is never changed');
END;

CREATE TRIGGER audit_never_forgets BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'an entry of the audit trail is never deleted');
END;

-- INSERT OR REPLACE deletes without asking the trigger above
CREATE TRIGGER audit_only_grows BEFORE INSERT ON audit
WHEN new.sequence <= coalesce((SELECT max(sequence) FROM audit), 0) BEGIN
    SELECT RAISE(ABORT, 'an entry of the audit trail follows the last one');
END;

INSERT INTO fact VALUES ('store_id', lower(hex(randomblob(16))));
