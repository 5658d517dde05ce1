-- A running signal that is being recorded: durable second by second, so that a power cut costs at most the last one.

CREATE TABLE recording (
    number        INTEGER PRIMARY KEY,
    identity      TEXT NOT NULL UNIQUE,
    encounter_id  TEXT NOT NULL REFERENCES encounter (id),
    device_id     TEXT NOT NULL,
    device_model  TEXT NOT NULL,
    device_label  TEXT NOT NULL,
    taken_utc     TEXT NOT NULL,
    boot_id       TEXT NOT NULL,
    monotonic_ns  INTEGER NOT NULL,
    clock_trusted INTEGER NOT NULL CHECK (clock_trusted IN (0, 1)),
    payload       TEXT NOT NULL CHECK (json_valid(payload)),
    finished      TEXT
) STRICT;

CREATE INDEX recording_open ON recording (number) WHERE finished IS NULL;

-- one tree that only grows at its end: with a key of two columns a second of twelve leads would dirty one page in five more
CREATE TABLE chunk (
    place     INTEGER PRIMARY KEY, -- recording << 24 | which second of it
    recording INTEGER NOT NULL REFERENCES recording (number),
    samples   BLOB NOT NULL,
    CHECK (place >> 24 = recording)
) STRICT;

-- an item whose samples stand in chunks
ALTER TABLE item ADD COLUMN recording INTEGER REFERENCES recording (number);
