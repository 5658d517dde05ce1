-- What is true on this cart. Rows are added and marked, never changed in meaning and never deleted.

CREATE TABLE patient (
    id              TEXT PRIMARY KEY,
    issuer          TEXT NOT NULL,
    birth_name      TEXT NOT NULL,
    given_names     TEXT NOT NULL,
    used_name       TEXT,
    birth_date      TEXT NOT NULL,
    sex             TEXT NOT NULL CHECK (sex IN ('M', 'F')),
    room            TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('provisoire', 'recuperee', 'validee', 'qualifiee')),
    ins_matricule   TEXT,
    ins_oid         TEXT,
    allergies       TEXT CHECK (allergies IS NULL OR json_valid(allergies)),
    CHECK ((ins_matricule IS NULL) = (ins_oid IS NULL))
) STRICT;

CREATE TABLE encounter (
    id               TEXT PRIMARY KEY,
    patient_id       TEXT NOT NULL REFERENCES patient (id),
    opened           TEXT NOT NULL,
    closed           TEXT,
    study_uid        TEXT NOT NULL UNIQUE,
    accession_number TEXT NOT NULL UNIQUE
) STRICT;

-- the resident on screen, so that a restarted process binds to whom the nurse sees; one row at most
CREATE TABLE on_screen (
    only         INTEGER PRIMARY KEY CHECK (only = 1),
    encounter_id TEXT NOT NULL REFERENCES encounter (id),
    boot_id      TEXT NOT NULL
) STRICT;

CREATE TABLE item (
    sequence         INTEGER PRIMARY KEY AUTOINCREMENT,
    id               TEXT NOT NULL UNIQUE,
    kind             TEXT NOT NULL,
    identity         TEXT NOT NULL UNIQUE,
    patient_id       TEXT REFERENCES patient (id),
    encounter_id     TEXT REFERENCES encounter (id),
    device_id        TEXT NOT NULL,
    device_model     TEXT NOT NULL,
    device_label     TEXT NOT NULL,
    taken_utc        TEXT NOT NULL,
    boot_id          TEXT NOT NULL,
    monotonic_ns     INTEGER NOT NULL,
    clock_trusted    INTEGER NOT NULL CHECK (clock_trusted IN (0, 1)),
    payload          TEXT NOT NULL CHECK (json_valid(payload)),
    samples          BLOB,
    raw              BLOB,
    blob_sha256      TEXT,
    sop_uid          TEXT NOT NULL UNIQUE,
    series_uid       TEXT NOT NULL,
    entered_in_error TEXT,
    CHECK ((patient_id IS NULL) = (encounter_id IS NULL))
) STRICT;

CREATE INDEX item_of_encounter ON item (encounter_id, sequence DESC);
CREATE INDEX item_of_nobody ON item (sequence) WHERE patient_id IS NULL;

CREATE TABLE outbox (
    sequence      INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id       TEXT NOT NULL REFERENCES item (id),
    destination   TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('kept', 'pending', 'sent', 'received', 'needs_person')),
    attempts      INTEGER NOT NULL DEFAULT 0,
    next_attempt  REAL NOT NULL DEFAULT 0,
    lease_until   REAL NOT NULL DEFAULT 0,
    reason        TEXT,
    what          TEXT NOT NULL DEFAULT '',
    frozen_sha256 TEXT,
    changed_utc   TEXT NOT NULL,
    UNIQUE (item_id, destination)
) STRICT;

CREATE INDEX outbox_due ON outbox (destination, next_attempt, sequence) WHERE state IN ('kept', 'pending', 'sent');
CREATE INDEX outbox_open ON outbox (item_id) WHERE state <> 'received';

-- how many rows stand in each state: COUNT(*) over a long backlog is slow
CREATE TABLE tally (
    destination TEXT NOT NULL,
    state       TEXT NOT NULL,
    count       INTEGER NOT NULL,
    PRIMARY KEY (destination, state)
) STRICT;

CREATE TRIGGER outbox_counts_new AFTER INSERT ON outbox BEGIN
    INSERT INTO tally VALUES (new.destination, new.state, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER outbox_counts_moved AFTER UPDATE OF state ON outbox WHEN old.state <> new.state BEGIN
    UPDATE tally SET count = count - 1 WHERE destination = old.destination AND state = old.state;
    INSERT INTO tally VALUES (new.destination, new.state, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER outbox_never_forgets BEFORE DELETE ON outbox BEGIN
    SELECT RAISE(ABORT, 'an outbox row is never deleted');
END;

-- what could not be understood, as it came
CREATE TABLE quarantine (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id    TEXT NOT NULL,
    device_model TEXT NOT NULL,
    taken_utc    TEXT NOT NULL,
    reason       TEXT NOT NULL,
    what         TEXT NOT NULL,
    raw          BLOB NOT NULL
) STRICT;

-- consent and calls: who agreed to what and when; append-only
CREATE TABLE consultation (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id      TEXT NOT NULL,
    encounter_id TEXT NOT NULL REFERENCES encounter (id),
    event        TEXT NOT NULL,
    at_utc       TEXT NOT NULL
) STRICT;
