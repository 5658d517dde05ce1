-- Who works at the cart: the newest signed list, and the PINs that its people chose here. Who is no longer listed keeps a row.

CREATE TABLE staff_list (
    only     INTEGER PRIMARY KEY CHECK (only = 1),
    site     TEXT NOT NULL,
    number   INTEGER NOT NULL,
    expires  TEXT NOT NULL,
    imported TEXT NOT NULL
) STRICT;

CREATE TABLE staff (
    id           TEXT PRIMARY KEY,
    list         INTEGER NOT NULL, -- the newest list that has this person
    name         TEXT NOT NULL,
    role         TEXT NOT NULL,
    rpps         TEXT NOT NULL,
    badge        TEXT NOT NULL,
    code         TEXT NOT NULL,
    until        TEXT,
    pin          TEXT, -- argon2id, in the form of PHC; NULL until she chose one
    pin_set      TEXT,
    start        TEXT, -- likewise: what she types once before she chooses her PIN, where she has no badge
    start_until  TEXT,
    failures     INTEGER NOT NULL DEFAULT 0,
    failed_boot  TEXT NOT NULL DEFAULT '',
    failed_ns    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
