-- Who captured what, where that is a person who is known; and what is known against an identity (RNIV).

-- no row: nobody signed in, or nobody asked for it
CREATE TABLE operator (
    item INTEGER PRIMARY KEY REFERENCES item (sequence),
    name TEXT NOT NULL,
    rpps TEXT NOT NULL
) STRICT;

-- of a running signal, until it is an item
CREATE TABLE recording_operator (
    recording INTEGER PRIMARY KEY REFERENCES recording (number),
    name      TEXT NOT NULL,
    rpps      TEXT NOT NULL
) STRICT;

-- RNIV words, divided by blanks, in their order; '' is none
ALTER TABLE patient ADD COLUMN attributes TEXT NOT NULL DEFAULT '';
