-- On which basis a resident is seen, heard or told about. Nothing is written over: what is said later is another row.

-- a basis that was taken down, a withdrawal of one, or what was told of one later; append-only
CREATE TABLE consent (
    sequence     INTEGER PRIMARY KEY,
    id           TEXT NOT NULL, -- the basis that this row is about
    said         TEXT NOT NULL, -- collected, withdrawn or completed
    patient_id   TEXT NOT NULL REFERENCES patient (id),
    basis        TEXT NOT NULL, -- a word of edge.domain.consent.Basis
    act_id       TEXT NOT NULL, -- the call or request that it is for; '': it stands until it is withdrawn
    other        TEXT NOT NULL, -- who assisted, authorised or was consulted
    blob_sha256  TEXT, -- the document that shows it
    at_utc       TEXT NOT NULL,
    name         TEXT NOT NULL, -- who took it down; both '': nobody had signed in
    rpps         TEXT NOT NULL
) STRICT;

CREATE INDEX consent_of ON consent (patient_id);
CREATE INDEX consent_named ON consent (id);
CREATE INDEX consent_document ON consent (blob_sha256) WHERE blob_sha256 IS NOT NULL;

CREATE TRIGGER consent_stays BEFORE UPDATE ON consent BEGIN
    SELECT RAISE(ABORT, 'what was said of a consent is never changed');
END;

CREATE TRIGGER consent_never_forgets BEFORE DELETE ON consent BEGIN
    SELECT RAISE(ABORT, 'what was said of a consent is never deleted');
END;
