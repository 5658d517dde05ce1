-- The devices that an admin took in, and what the cart remembers of every device. A forgotten device keeps its row.

CREATE TABLE appliance (
    id            TEXT PRIMARY KEY,
    model         TEXT NOT NULL,
    label         TEXT NOT NULL,
    serial_number TEXT NOT NULL DEFAULT '',
    bonded        INTEGER NOT NULL DEFAULT 0 CHECK (bonded IN (0, 1)),
    user_slot     INTEGER,
    consent       INTEGER,
    added         TEXT NOT NULL,
    forgotten     TEXT,
    CHECK ((user_slot IS NULL) = (consent IS NULL))
) STRICT;

CREATE TABLE device_memory (
    device_id     TEXT PRIMARY KEY,
    clock_least   REAL,
    last_sequence INTEGER
) STRICT;
