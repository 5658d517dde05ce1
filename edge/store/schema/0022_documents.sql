-- What the site has on paper of a resident and gives with requests for an opinion: imported as PDF, each once.

CREATE TABLE document (
    sequence    INTEGER PRIMARY KEY,
    patient_id  TEXT NOT NULL REFERENCES patient (id),
    role        TEXT NOT NULL CHECK (role IN ('dlu', 'treatment', 'history', 'directives')),
    blob_sha256 TEXT NOT NULL,
    bytes       INTEGER NOT NULL,
    added_utc   TEXT NOT NULL,
    UNIQUE (patient_id, role, blob_sha256)
) STRICT;

CREATE INDEX document_file ON document (blob_sha256);
