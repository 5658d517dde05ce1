-- When a resident is to be seen by somebody from afar, and what became of it. Nothing is written over: each step is another row,
-- which holds all that stands from then on.

CREATE TABLE appointment (
    sequence     INTEGER PRIMARY KEY,
    id           TEXT NOT NULL, -- the appointment that this step is of
    event        TEXT NOT NULL, -- a word of edge.domain.appointment.Event; 'planned' is the first
    state        TEXT NOT NULL, -- how it stands from then on
    patient_id   TEXT NOT NULL REFERENCES patient (id),
    starts_utc   TEXT NOT NULL,
    minutes      INTEGER NOT NULL, -- that it is expected to last
    specialty    TEXT NOT NULL, -- '': none is said
    urgency      TEXT NOT NULL,
    addressee    TEXT NOT NULL,
    rpps         TEXT NOT NULL, -- of the addressee
    request_id   TEXT NOT NULL, -- the request for an opinion that is its dossier; '': none
    source       TEXT NOT NULL, -- who planned it: '' for this cart, else the name of a source
    origin       TEXT NOT NULL, -- what it is called there
    delay        INTEGER, -- minutes, as announced last
    delay_by     TEXT NOT NULL,
    delay_utc    TEXT NOT NULL,
    call_id      TEXT NOT NULL, -- whose lobby is open for it
    reason       TEXT NOT NULL, -- of the last step: a word of edge.domain.appointment.Why, or ''
    at_utc       TEXT NOT NULL,
    boot_id      TEXT NOT NULL,
    monotonic_ns INTEGER NOT NULL,
    known_by     TEXT NOT NULL,
    who          TEXT NOT NULL,
    name         TEXT NOT NULL
) STRICT;

CREATE INDEX appointment_named ON appointment (id, sequence);
CREATE INDEX appointment_of ON appointment (patient_id);
CREATE INDEX appointment_from ON appointment (source, origin) WHERE source <> '';

CREATE TRIGGER appointment_stays BEFORE UPDATE ON appointment BEGIN
    SELECT RAISE(ABORT, 'what became of an appointment is never changed');
END;

CREATE TRIGGER appointment_never_forgets BEFORE DELETE ON appointment BEGIN
    SELECT RAISE(ABORT, 'what became of an appointment is never deleted');
END;
