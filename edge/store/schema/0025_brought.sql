-- What a resident's record got from one who was taken for her, so that it goes again where that is taken back.

CREATE TABLE brought (
    sequence   INTEGER PRIMARY KEY,
    patient_id TEXT NOT NULL REFERENCES patient (id),
    other_id   TEXT NOT NULL REFERENCES patient (id), -- whom she was taken for
    was        TEXT NOT NULL, -- both in JSON, as edge/store/keeping/following.py writes them; '' once either is forgotten
    became     TEXT NOT NULL
) STRICT;

CREATE INDEX brought_of ON brought (patient_id, other_id);

CREATE TRIGGER brought_never_forgets BEFORE DELETE ON brought BEGIN
    SELECT RAISE(ABORT, 'what was brought is never deleted');
END;
