-- What the residents' record says of its residents: who treats and who represents her, and every movement as it came.

ALTER TABLE patient ADD COLUMN treating_doctor TEXT NOT NULL DEFAULT '';
ALTER TABLE patient ADD COLUMN treating_rpps TEXT NOT NULL DEFAULT '';
ALTER TABLE patient ADD COLUMN protection TEXT; -- a word of edge.domain.patient.Protection
ALTER TABLE patient ADD COLUMN representative TEXT NOT NULL DEFAULT '';
ALTER TABLE patient ADD COLUMN birth_place TEXT NOT NULL DEFAULT ''; -- INSEE code
ALTER TABLE patient ADD COLUMN long_term_illness INTEGER; -- NULL: not known

-- what the record said, as it came, and what became of it
CREATE TABLE movement (
    sequence     INTEGER PRIMARY KEY,
    source       TEXT NOT NULL, -- mllp or csv
    sender       TEXT NOT NULL,
    control_id   TEXT NOT NULL,
    digest       TEXT NOT NULL, -- SHA-256 of what it says, but for when it was sent
    what         TEXT NOT NULL, -- a word of edge.domain.movement.What, or '' where it could not be read
    patient_id   TEXT NOT NULL,
    other_id     TEXT NOT NULL,
    raw          BLOB NOT NULL,
    came_utc     TEXT NOT NULL,
    boot_id      TEXT NOT NULL,
    monotonic_ns INTEGER NOT NULL,
    outcome      TEXT NOT NULL, -- a word of edge.domain.movement.Outcome
    reason       TEXT NOT NULL,
    decided_utc  TEXT
) STRICT;

CREATE UNIQUE INDEX movement_once ON movement (sender, control_id, digest);
CREATE INDEX movement_waiting ON movement (sequence) WHERE outcome = 'waiting';
CREATE INDEX movement_held ON movement (came_utc) WHERE raw <> x'';

CREATE TRIGGER movement_never_forgets BEFORE DELETE ON movement BEGIN
    SELECT RAISE(ABORT, 'a movement is never deleted');
END;
