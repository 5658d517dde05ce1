-- The picture of a resident, where the site has one: one file, replaced by a newer one.

CREATE TABLE face (
    patient_id  TEXT PRIMARY KEY REFERENCES patient (id),
    -- whose picture it was said to be; a resident who was corrected since has none any more
    issuer      TEXT NOT NULL,
    birth_name  TEXT NOT NULL,
    birth_date  TEXT NOT NULL,
    blob_sha256 TEXT NOT NULL,
    bytes       INTEGER NOT NULL,
    put_utc     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX face_of_file ON face (blob_sha256);
