-- Whose a reading is, where a person says so afterwards. Nothing is written over: every step can be gone back.

-- an item that became somebody's, or somebody else's; append-only
CREATE TABLE moved (
    sequence     INTEGER PRIMARY KEY,
    item         INTEGER NOT NULL REFERENCES item (sequence), -- what stands since
    was          INTEGER REFERENCES item (sequence), -- what stood before, entered in error now; NULL: the same row
    encounter_id TEXT REFERENCES encounter (id), -- for which it was captured or stood before; NULL: it was nobody's
    at_utc       TEXT NOT NULL
) STRICT;

CREATE INDEX moved_item ON moved (item);
CREATE INDEX moved_was ON moved (was) WHERE was IS NOT NULL;
CREATE INDEX moved_from ON moved (encounter_id) WHERE encounter_id IS NOT NULL;

-- a round that was another resident's: what is still to come of it is saved there; the newest row counts; append-only
CREATE TABLE moved_round (
    sequence     INTEGER PRIMARY KEY,
    encounter_id TEXT NOT NULL REFERENCES encounter (id),
    became       TEXT NOT NULL REFERENCES encounter (id),
    at_utc       TEXT NOT NULL
) STRICT;

CREATE INDEX moved_round_of ON moved_round (encounter_id);

-- a resident without identity who turned out to be another one; NULL: taken back; the newest row counts; append-only
CREATE TABLE reconciled (
    sequence    INTEGER PRIMARY KEY,
    patient_id  TEXT NOT NULL REFERENCES patient (id),
    became      TEXT REFERENCES patient (id),
    after_moved INTEGER NOT NULL, -- what was moved up to this row was moved by somebody's own word
    at_utc      TEXT NOT NULL
) STRICT;

CREATE INDEX reconciled_of ON reconciled (patient_id);

CREATE TRIGGER moved_stays BEFORE UPDATE ON moved BEGIN
    SELECT RAISE(ABORT, 'whose an item was is never changed');
END;

CREATE TRIGGER moved_never_forgets BEFORE DELETE ON moved BEGIN
    SELECT RAISE(ABORT, 'whose an item was is never deleted');
END;

CREATE TRIGGER moved_round_stays BEFORE UPDATE ON moved_round BEGIN
    SELECT RAISE(ABORT, 'whose a round was is never changed');
END;

CREATE TRIGGER moved_round_never_forgets BEFORE DELETE ON moved_round BEGIN
    SELECT RAISE(ABORT, 'whose a round was is never deleted');
END;

CREATE TRIGGER reconciled_stays BEFORE UPDATE ON reconciled BEGIN
    SELECT RAISE(ABORT, 'who somebody was taken for is never changed');
END;

CREATE TRIGGER reconciled_never_forgets BEFORE DELETE ON reconciled BEGIN
    SELECT RAISE(ABORT, 'who somebody was taken for is never deleted');
END;

-- a person said of what is nobody's that it stays so
ALTER TABLE item ADD COLUMN aside TEXT;
-- a person said that she saw it
ALTER TABLE quarantine ADD COLUMN looked_utc TEXT;

-- of those that 'nobodys' and 'quarantined' count
INSERT INTO counter VALUES ('aside', 0), ('looked', 0);

CREATE TRIGGER item_aside_counted AFTER UPDATE OF aside, patient_id ON item BEGIN
    UPDATE counter SET value = value + (new.aside IS NOT NULL AND new.patient_id IS NULL)
        - (old.aside IS NOT NULL AND old.patient_id IS NULL) WHERE name = 'aside';
END;

CREATE TRIGGER quarantine_looked_counted AFTER UPDATE OF looked_utc ON quarantine BEGIN
    UPDATE counter SET value = value + (new.looked_utc IS NOT NULL) - (old.looked_utc IS NOT NULL) WHERE name = 'looked';
END;
