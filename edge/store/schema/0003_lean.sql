-- A durable save dirties few pages, each of which is encrypted and flushed: one index for what is asked of a resident, a
-- promise is one row in one tree, and what can be derived is not counted on the way in. The tables that were stay beside the new
-- ones, each row as it was, and nobody reads them any more.

-- sequences below this one were given out before the encounter was opened
ALTER TABLE encounter ADD COLUMN after_sequence INTEGER NOT NULL DEFAULT 0;

-- what was derived of them goes; it is made anew below
DROP TRIGGER outbox_counts_new;
DROP TRIGGER outbox_counts_moved;
DROP TRIGGER outbox_never_forgets;
DROP INDEX item_of_encounter;
DROP INDEX item_of_nobody;
DROP INDEX outbox_due;
DROP INDEX outbox_open;
ALTER TABLE item RENAME TO item_0002;
ALTER TABLE outbox RENAME TO outbox_0002;
ALTER TABLE tally RENAME TO tally_0002;

-- rows are marked, never deleted: so sequence is dense, and never given out twice
CREATE TABLE item (
    sequence         INTEGER PRIMARY KEY,
    id               TEXT NOT NULL,
    kind             TEXT NOT NULL,
    identity         TEXT NOT NULL,
    patient_id       TEXT REFERENCES patient (id),
    encounter_id     TEXT REFERENCES encounter (id),
    device_id        TEXT NOT NULL,
    device_model     TEXT NOT NULL,
    device_label     TEXT NOT NULL,
    taken_utc        TEXT NOT NULL,
    boot_id          TEXT NOT NULL,
    monotonic_ns     INTEGER NOT NULL,
    clock_trusted    INTEGER NOT NULL CHECK (clock_trusted IN (0, 1)),
    payload          TEXT NOT NULL CHECK (json_valid(payload)),
    samples          BLOB,
    raw              BLOB,
    blob_sha256      TEXT,
    sop_uid          TEXT NOT NULL,
    series_uid       TEXT NOT NULL,
    entered_in_error TEXT,
    CHECK ((patient_id IS NULL) = (encounter_id IS NULL))
) STRICT;

INSERT INTO item SELECT sequence, id, kind, identity, patient_id, encounter_id, device_id, device_model, device_label,
    taken_utc, boot_id, monotonic_ns, clock_trusted, payload, samples, raw, blob_sha256, sop_uid, series_uid,
    entered_in_error FROM item_0002;

-- lease_until is NULL until the drain takes the promise up for the first time
CREATE TABLE outbox (
    item          INTEGER NOT NULL REFERENCES item (sequence),
    destination   TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('kept', 'pending', 'sent', 'received', 'needs_person')),
    attempts      INTEGER NOT NULL DEFAULT 0,
    next_attempt  REAL NOT NULL DEFAULT 0,
    lease_until   REAL,
    reason        TEXT,
    what          TEXT NOT NULL DEFAULT '',
    frozen_sha256 TEXT,
    changed_utc   TEXT NOT NULL,
    PRIMARY KEY (item, destination)
) STRICT, WITHOUT ROWID;

INSERT INTO outbox SELECT i.sequence, o.destination, o.state, o.attempts, o.next_attempt, o.lease_until, o.reason, o.what,
    o.frozen_sha256, o.changed_utc FROM outbox_0002 o JOIN item_0002 i ON i.id = o.item_id;

CREATE INDEX item_of_nobody ON item (sequence) WHERE patient_id IS NULL;

-- What finds an item by its name, by what it was captured as, or by its resident is filed in batches, by the save that
-- completes one: each tree that a save dirties is a page to encrypt and to flush. What is not filed yet is looked through:
-- fifteen rows at most. Of the same identity twice the one that saves sees to it that it is one item, in its transaction.
CREATE TABLE filed_name (
    id   TEXT PRIMARY KEY,
    item INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE filed_identity (
    identity TEXT PRIMARY KEY,
    item     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE filed_resident (
    patient_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    item       INTEGER NOT NULL,
    PRIMARY KEY (patient_id, kind, item)
) STRICT, WITHOUT ROWID;

INSERT INTO filed_name SELECT id, sequence FROM item;
INSERT INTO filed_identity SELECT identity, sequence FROM item;
INSERT INTO filed_resident SELECT patient_id, kind, sequence FROM item WHERE patient_id IS NOT NULL;

-- what was taken up and is still open; what never was stands beyond the destination's bookmark
CREATE INDEX outbox_due ON outbox (destination, state, next_attempt, item)
    WHERE lease_until IS NOT NULL AND state IN ('kept', 'pending', 'sent');
CREATE INDEX outbox_leased ON outbox (destination, lease_until) WHERE lease_until > 0;
CREATE INDEX outbox_open ON outbox (item) WHERE lease_until IS NOT NULL AND state <> 'received';

CREATE TABLE bookmark (
    destination   TEXT PRIMARY KEY,
    taken_through INTEGER NOT NULL DEFAULT 0,
    last_received TEXT
) STRICT, WITHOUT ROWID;

INSERT INTO bookmark SELECT destination, coalesce((SELECT max(sequence) FROM item), 0),
    max(CASE WHEN state = 'received' THEN changed_utc END) FROM outbox GROUP BY destination;

-- items by their least advanced destination; those that are kept are the rest of what was promised
CREATE TABLE counter (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO counter VALUES ('pending', 0), ('sent', 0), ('received', 0), ('needs_person', 0);
UPDATE counter SET value = (
    SELECT count(*) FROM (
        SELECT min(instr('needs_person kept pending sent received', state)) AS least FROM outbox GROUP BY item
    ) WHERE least = instr('needs_person kept pending sent received', counter.name)
);
INSERT INTO counter SELECT 'unpromised', coalesce(max(sequence), 0) - (SELECT count(DISTINCT item) FROM outbox) FROM item;
INSERT INTO counter SELECT 'nobodys', count(*) FROM item WHERE patient_id IS NULL;
INSERT INTO counter SELECT 'quarantined', count(*) FROM quarantine;
-- all up to this sequence are filed
INSERT INTO counter SELECT 'filed', coalesce(max(sequence), 0) FROM item;

CREATE VIEW item_named (id, item) AS
    SELECT id, item FROM filed_name
    UNION ALL SELECT id, sequence FROM item WHERE sequence > (SELECT value FROM counter WHERE name = 'filed');

CREATE VIEW item_captured (identity, item) AS
    SELECT identity, item FROM filed_identity
    UNION ALL SELECT identity, sequence FROM item WHERE sequence > (SELECT value FROM counter WHERE name = 'filed');

CREATE TRIGGER item_filed AFTER INSERT ON item WHEN new.sequence % 16 = 0 BEGIN
    -- a batch that cannot be filed would keep every later one from being saved
    INSERT OR IGNORE INTO filed_name SELECT id, sequence FROM item
        WHERE sequence > (SELECT value FROM counter WHERE name = 'filed');
    INSERT OR IGNORE INTO filed_identity SELECT identity, sequence FROM item
        WHERE sequence > (SELECT value FROM counter WHERE name = 'filed');
    INSERT INTO filed_resident SELECT patient_id, kind, sequence FROM item
        WHERE sequence > (SELECT value FROM counter WHERE name = 'filed') AND patient_id IS NOT NULL;
    UPDATE counter SET value = new.sequence WHERE name = 'filed';
END;

CREATE TRIGGER item_filed_anew AFTER UPDATE OF patient_id ON item
WHEN new.patient_id IS NOT old.patient_id
AND new.sequence <= (SELECT value FROM counter WHERE name = 'filed') BEGIN
    DELETE FROM filed_resident WHERE patient_id = old.patient_id AND kind = old.kind AND item = old.sequence;
    INSERT INTO filed_resident SELECT new.patient_id, new.kind, new.sequence WHERE new.patient_id IS NOT NULL;
END;

CREATE TRIGGER outbox_moved AFTER UPDATE OF state ON outbox WHEN old.state <> new.state BEGIN
    UPDATE counter SET value = value - 1 WHERE name = (
        SELECT state FROM (
            SELECT old.state AS state UNION ALL
            SELECT state FROM outbox WHERE item = new.item AND destination <> new.destination
        ) ORDER BY instr('needs_person kept pending sent received', state) LIMIT 1
    );
    UPDATE counter SET value = value + 1 WHERE name = (
        SELECT state FROM outbox WHERE item = new.item
        ORDER BY instr('needs_person kept pending sent received', state) LIMIT 1
    );
END;

CREATE TRIGGER outbox_joined AFTER INSERT ON outbox
WHEN EXISTS (SELECT 1 FROM outbox WHERE item = new.item AND destination <> new.destination) BEGIN
    UPDATE counter SET value = value - 1 WHERE name = (
        SELECT state FROM outbox WHERE item = new.item AND destination <> new.destination
        ORDER BY instr('needs_person kept pending sent received', state) LIMIT 1
    ) AND name <> 'needs_person';
END;

CREATE TRIGGER outbox_never_forgets BEFORE DELETE ON outbox BEGIN
    SELECT RAISE(ABORT, 'an outbox row is never deleted');
END;

CREATE TRIGGER item_never_forgets BEFORE DELETE ON item BEGIN
    SELECT RAISE(ABORT, 'an item is never deleted');
END;

CREATE TRIGGER item_of_nobody_counted AFTER INSERT ON item WHEN new.patient_id IS NULL BEGIN
    UPDATE counter SET value = value + 1 WHERE name = 'nobodys';
END;

CREATE TRIGGER item_of_nobody_assigned AFTER UPDATE OF patient_id ON item
WHEN old.patient_id IS NULL AND new.patient_id IS NOT NULL BEGIN
    UPDATE counter SET value = value - 1 WHERE name = 'nobodys';
END;

CREATE TRIGGER quarantine_counted AFTER INSERT ON quarantine BEGIN
    UPDATE counter SET value = value + 1 WHERE name = 'quarantined';
END;

-- what was before stays as it was; but for the content of an item that is purged, which goes with it
CREATE TRIGGER item_0002_goes AFTER UPDATE OF payload ON item WHEN new.payload = '{}' BEGIN
    UPDATE item_0002 SET payload = '{}', samples = NULL, raw = NULL, blob_sha256 = NULL WHERE sequence = new.sequence;
END;

CREATE TRIGGER item_0002_only_goes BEFORE UPDATE OF payload, samples, raw, blob_sha256 ON item_0002
WHEN new.payload <> '{}' OR new.samples IS NOT NULL OR new.raw IS NOT NULL OR new.blob_sha256 IS NOT NULL
OR NOT EXISTS (SELECT 1 FROM item WHERE sequence = old.sequence AND payload = '{}') BEGIN
    SELECT RAISE(ABORT, 'what was before is never changed');
END;

CREATE TRIGGER item_0002_stays BEFORE UPDATE OF sequence, id, kind, identity, patient_id, encounter_id, device_id, device_model,
    device_label, taken_utc, boot_id, monotonic_ns, clock_trusted, sop_uid, series_uid, entered_in_error ON item_0002 BEGIN
    SELECT RAISE(ABORT, 'what was before is never changed');
END;

CREATE TRIGGER item_0002_never_forgets BEFORE DELETE ON item_0002 BEGIN
    SELECT RAISE(ABORT, 'what was before is never deleted');
END;

CREATE TRIGGER item_0002_takes_nothing BEFORE INSERT ON item_0002 BEGIN
    SELECT RAISE(ABORT, 'nothing is added to what was before');
END;

CREATE TRIGGER outbox_0002_stays BEFORE UPDATE ON outbox_0002 BEGIN
    SELECT RAISE(ABORT, 'what was before is never changed');
END;

CREATE TRIGGER outbox_0002_never_forgets BEFORE DELETE ON outbox_0002 BEGIN
    SELECT RAISE(ABORT, 'what was before is never deleted');
END;

CREATE TRIGGER outbox_0002_takes_nothing BEFORE INSERT ON outbox_0002 BEGIN
    SELECT RAISE(ABORT, 'nothing is added to what was before');
END;

CREATE TRIGGER tally_0002_stays BEFORE UPDATE ON tally_0002 BEGIN
    SELECT RAISE(ABORT, 'what was before is never changed');
END;

CREATE TRIGGER tally_0002_never_forgets BEFORE DELETE ON tally_0002 BEGIN
    SELECT RAISE(ABORT, 'what was before is never deleted');
END;

CREATE TRIGGER tally_0002_takes_nothing BEFORE INSERT ON tally_0002 BEGIN
    SELECT RAISE(ABORT, 'nothing is added to what was before');
END;

UPDATE fact SET value = '2' WHERE name = 'min_reader';
