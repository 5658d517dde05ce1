-- How the cart stands with the world: who answers it, how fast its disk fills, and what was handed over to the next shift.

-- the last answer of each far end, and the first question since then that it left without one; both as an Instant
CREATE TABLE answered (
    destination  TEXT PRIMARY KEY,
    answered_utc TEXT,
    answered_boot TEXT NOT NULL DEFAULT '',
    answered_ns  INTEGER NOT NULL DEFAULT 0,
    silent_utc   TEXT,
    silent_boot  TEXT NOT NULL DEFAULT '',
    silent_ns    INTEGER NOT NULL DEFAULT 0,
    why          TEXT NOT NULL DEFAULT '' -- a word of edge.domain.fault.Reason
) STRICT, WITHOUT ROWID;

-- free bytes of the store's disk at the first look of a day
CREATE TABLE disk_free (
    day   TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- somebody read what is to be handed over; append-only
CREATE TABLE handover (
    sequence     INTEGER PRIMARY KEY,
    through      INTEGER NOT NULL, -- the newest item that she saw
    audited      INTEGER NOT NULL, -- the newest act likewise
    read_utc     TEXT NOT NULL,
    boot_id      TEXT NOT NULL,
    monotonic_ns INTEGER NOT NULL,
    known_by     TEXT NOT NULL,
    who          TEXT NOT NULL,
    name         TEXT NOT NULL
) STRICT;

CREATE TRIGGER handover_stays BEFORE UPDATE ON handover BEGIN
    SELECT RAISE(ABORT, 'who read a handover is never changed');
END;

CREATE TRIGGER handover_never_forgets BEFORE DELETE ON handover BEGIN
    SELECT RAISE(ABORT, 'who read a handover is never deleted');
END;
