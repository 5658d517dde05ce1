-- Objects of far ends that a resident had made elsewhere, or with another cart: copies, which may be fetched again.

CREATE TABLE prior (
    patient_id  TEXT NOT NULL REFERENCES patient (id),
    sop_uid     TEXT NOT NULL,
    -- with what it was compared; a resident who was corrected since has no such objects any more
    issuer      TEXT NOT NULL,
    birth_date  TEXT NOT NULL,
    study_uid   TEXT NOT NULL,
    series_uid  TEXT NOT NULL,
    sop_class   TEXT NOT NULL,
    source      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    modality    TEXT NOT NULL,
    -- ISO 8601, without an offset where the object tells none; '' where it tells no date
    taken       TEXT NOT NULL,
    title       TEXT NOT NULL,
    -- a part of the body that this cart knows, else ''; what the object calls it stands in region
    site        TEXT NOT NULL,
    side        TEXT NOT NULL,
    region      TEXT NOT NULL,
    intimate    INTEGER NOT NULL CHECK (intimate IN (0, 1)),
    blob_sha256 TEXT NOT NULL,
    bytes       INTEGER NOT NULL,
    fetched_utc TEXT NOT NULL,
    PRIMARY KEY (patient_id, sop_uid)
) STRICT, WITHOUT ROWID;

CREATE INDEX prior_of_file ON prior (blob_sha256);
CREATE INDEX prior_fetched ON prior (fetched_utc);

-- what was fetched and is not kept, so that it is not fetched again; the reason is a word of this software
CREATE TABLE prior_refused (
    patient_id TEXT NOT NULL REFERENCES patient (id),
    sop_uid    TEXT NOT NULL,
    source     TEXT NOT NULL,
    reason     TEXT NOT NULL,
    at_utc     TEXT NOT NULL,
    PRIMARY KEY (patient_id, sop_uid)
) STRICT, WITHOUT ROWID;

-- how the last search went, for each resident and far end; left_out: objects beyond the budgets
CREATE TABLE prior_search (
    patient_id TEXT NOT NULL REFERENCES patient (id),
    source     TEXT NOT NULL,
    at_utc     TEXT NOT NULL,
    done       INTEGER NOT NULL CHECK (done IN (0, 1)),
    left_out   INTEGER NOT NULL,
    what       TEXT NOT NULL,
    PRIMARY KEY (patient_id, source)
) STRICT, WITHOUT ROWID;
