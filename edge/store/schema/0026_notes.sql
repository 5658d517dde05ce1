-- What the specialist of a call wrote for the report.

CREATE TABLE note (
    sequence     INTEGER PRIMARY KEY,
    call_id      TEXT NOT NULL,
    encounter_id TEXT NOT NULL REFERENCES encounter (id),
    text         TEXT NOT NULL,
    author       TEXT NOT NULL, -- '' where nobody was verified
    rpps         TEXT NOT NULL, -- '' where there is none
    at_utc       TEXT NOT NULL
) STRICT;

CREATE INDEX note_of ON note (encounter_id);

-- whose notes go when she is forgotten is looked up, not searched
CREATE INDEX encounter_of ON encounter (patient_id);

CREATE TRIGGER note_never_forgets BEFORE DELETE ON note BEGIN
    SELECT RAISE(ABORT, 'a note is never deleted');
END;
