-- Somebody read what is to be handed over of one resident, or of those of one page; append-only

CREATE TABLE handover_one (
    sequence     INTEGER PRIMARY KEY,
    patient_id   TEXT NOT NULL,
    through      INTEGER NOT NULL, -- the newest item that she saw
    audited      INTEGER NOT NULL, -- the newest act likewise
    read_utc     TEXT NOT NULL,
    boot_id      TEXT NOT NULL,
    monotonic_ns INTEGER NOT NULL,
    known_by     TEXT NOT NULL,
    who          TEXT NOT NULL,
    name         TEXT NOT NULL
) STRICT;

CREATE INDEX handover_one_of ON handover_one (patient_id, through);

CREATE TRIGGER handover_one_stays BEFORE UPDATE ON handover_one BEGIN
    SELECT RAISE(ABORT, 'who read a handover is never changed');
END;

CREATE TRIGGER handover_one_never_forgets BEFORE DELETE ON handover_one BEGIN
    SELECT RAISE(ABORT, 'who read a handover is never deleted');
END;
