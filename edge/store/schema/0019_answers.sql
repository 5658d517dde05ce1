-- What comes back to requests for an opinion, and what became of each request.

-- append-only, but for what it says: that goes with its request, after its retention
CREATE TABLE answer (
    sequence     INTEGER PRIMARY KEY,
    key          TEXT NOT NULL UNIQUE, -- the same however often it comes
    source       TEXT NOT NULL,
    origin       TEXT NOT NULL, -- what it is a version of at its source
    request      INTEGER REFERENCES item (sequence), -- the request that it names, as it was asked; NULL: a person says it
    kind         TEXT NOT NULL, -- a word of edge.domain.answer.AnswerKind
    author       TEXT NOT NULL,
    author_rpps  TEXT NOT NULL,
    given_utc    TEXT NOT NULL,
    received_utc TEXT NOT NULL,
    text         TEXT NOT NULL,
    blob_sha256  TEXT, -- of its PDF
    bytes        INTEGER NOT NULL
) STRICT;

CREATE INDEX answer_to ON answer (request);
CREATE INDEX answer_file ON answer (blob_sha256) WHERE blob_sha256 IS NOT NULL;

-- what happened to a request or an answer beside that it came; append-only
CREATE TABLE opinion_event (
    sequence     INTEGER PRIMARY KEY,
    event        TEXT NOT NULL CHECK (event IN ('matched', 'acknowledged', 'overdue', 'chased')),
    answer       INTEGER REFERENCES answer (sequence), -- of the first two
    request      INTEGER REFERENCES item (sequence), -- of all but the second, as it stood then
    patient_id   TEXT REFERENCES patient (id), -- of the second: for whom somebody took note of it
    at_utc       TEXT NOT NULL,
    boot_id      TEXT NOT NULL,
    monotonic_ns INTEGER NOT NULL,
    known_by     TEXT NOT NULL,
    who          TEXT NOT NULL,
    name         TEXT NOT NULL
) STRICT;

CREATE INDEX opinion_event_of ON opinion_event (request) WHERE request IS NOT NULL;
CREATE INDEX opinion_event_answer ON opinion_event (answer) WHERE answer IS NOT NULL;

-- how far a source was read, in its own words
CREATE TABLE answer_source (
    source TEXT PRIMARY KEY,
    cursor TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX item_opinion ON item (sequence) WHERE kind = 'opinion';

CREATE TRIGGER answer_never_forgets BEFORE DELETE ON answer BEGIN
    SELECT RAISE(ABORT, 'an answer is never deleted');
END;

CREATE TRIGGER answer_stays BEFORE UPDATE OF key, source, origin, request, kind, given_utc, received_utc ON answer BEGIN
    SELECT RAISE(ABORT, 'what an answer is of is never changed');
END;

CREATE TRIGGER opinion_event_stays BEFORE UPDATE ON opinion_event BEGIN
    SELECT RAISE(ABORT, 'what became of a request is never changed');
END;

CREATE TRIGGER opinion_event_never_forgets BEFORE DELETE ON opinion_event BEGIN
    SELECT RAISE(ABORT, 'what became of a request is never deleted');
END;
