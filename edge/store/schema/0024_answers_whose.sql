-- Why nobody knows whose an answer is, what a person said of it, and whom an opinion that nobody gave was told to.

-- a word of edge.domain.answer.Loose; '' where it is known, and of what came before this
ALTER TABLE answer ADD COLUMN why TEXT NOT NULL DEFAULT '';

-- answers of which a person said that they are for nobody here; a later word that one answers a request counts more. Append-only
CREATE TABLE answer_aside (
    answer   INTEGER PRIMARY KEY REFERENCES answer (sequence),
    at_utc   TEXT NOT NULL,
    known_by TEXT NOT NULL,
    who      TEXT NOT NULL,
    name     TEXT NOT NULL
) STRICT;

CREATE TRIGGER answer_aside_stays BEFORE UPDATE ON answer_aside BEGIN
    SELECT RAISE(ABORT, 'what was said of an answer is never changed');
END;

CREATE TRIGGER answer_aside_never_forgets BEFORE DELETE ON answer_aside BEGIN
    SELECT RAISE(ABORT, 'what was said of an answer is never deleted');
END;

-- which mailbox took the word that a request was not answered in time: an 'overdue' of opinion_event without its row is still to be told
CREATE TABLE escalation_told (
    event   INTEGER NOT NULL REFERENCES opinion_event (sequence),
    mailbox TEXT NOT NULL,
    at_utc  TEXT NOT NULL,
    said    TEXT NOT NULL, -- 'sent', or why it is not any more
    PRIMARY KEY (event, mailbox)
) STRICT, WITHOUT ROWID;
