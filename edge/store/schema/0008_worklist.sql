-- What is asked for, as the worklist told it last; and which round took which order.

CREATE TABLE scheduled (
    study_uid        TEXT NOT NULL,
    step_id          TEXT NOT NULL,
    accession_number TEXT NOT NULL,
    accession_issuer TEXT NOT NULL,
    procedure_id     TEXT NOT NULL,
    description      TEXT NOT NULL,
    -- a JSON array of value, scheme and meaning
    code             TEXT CHECK (code IS NULL OR json_valid(code)),
    patient_id       TEXT NOT NULL,
    issuer           TEXT NOT NULL,
    name             TEXT NOT NULL,
    -- NULL: not told
    birth_date       TEXT,
    sex              TEXT NOT NULL,
    start            TEXT NOT NULL,
    station          TEXT NOT NULL,
    modality         TEXT NOT NULL,
    first_seen_utc   TEXT NOT NULL,
    last_seen_utc    TEXT NOT NULL,
    -- since when the worklist does not have it any more
    gone_utc         TEXT,
    PRIMARY KEY (study_uid, step_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX scheduled_open ON scheduled (patient_id) WHERE gone_utc IS NULL;
CREATE INDEX scheduled_gone ON scheduled (gone_utc) WHERE gone_utc IS NOT NULL;

-- as it was when the round began: what the worklist says later changes nothing in its objects
CREATE TABLE ordered (
    encounter_id TEXT PRIMARY KEY,
    study_uid    TEXT NOT NULL UNIQUE,
    said         TEXT NOT NULL CHECK (json_valid(said))
) STRICT, WITHOUT ROWID;
