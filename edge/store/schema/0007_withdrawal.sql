-- What was undone or corrected is withdrawn where it may be; a 12-lead ECG has its paper as an item of its own.

-- the paper of an ECG, a withdrawal of an item: both are saved because of that item, and go after it
ALTER TABLE item ADD COLUMN part_of INTEGER REFERENCES item (sequence);
CREATE INDEX item_of_part ON item (part_of) WHERE part_of IS NOT NULL;
CREATE INDEX item_undone ON item (sequence) WHERE entered_in_error IS NOT NULL;

-- when; the state is then 'received', which older releases leave alone, and nobody says that it was received
ALTER TABLE outbox ADD COLUMN withdrawn TEXT;
-- 0: what is frozen was never given to whoever sends; 1: it was, and may have left; NULL: an older release froze it
ALTER TABLE outbox ADD COLUMN handed_out INTEGER;
-- the destination takes no special class: built in the form for everybody, under a UID of its own
ALTER TABLE outbox ADD COLUMN plain INTEGER NOT NULL DEFAULT 0 CHECK (plain IN (0, 1));

-- of those that the counter 'received' counts
INSERT INTO counter VALUES ('withdrawn', 0);

CREATE TRIGGER outbox_withdrawn AFTER UPDATE OF withdrawn ON outbox
WHEN old.withdrawn IS NULL AND new.withdrawn IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM outbox WHERE item = new.item AND destination <> new.destination AND withdrawn IS NOT NULL
) BEGIN
    UPDATE counter SET value = value + 1 WHERE name = 'withdrawn';
END;

-- an older release lists what is not filed yet whatever its kind: what it does not know is filed at once
CREATE TRIGGER item_not_captured_filed AFTER INSERT ON item
WHEN new.part_of IS NOT NULL AND new.sequence % 16 <> 0 BEGIN
    INSERT OR IGNORE INTO filed_name SELECT id, sequence FROM item
        WHERE sequence > (SELECT value FROM counter WHERE name = 'filed');
    INSERT OR IGNORE INTO filed_identity SELECT identity, sequence FROM item
        WHERE sequence > (SELECT value FROM counter WHERE name = 'filed');
    INSERT INTO filed_resident SELECT patient_id, kind, sequence FROM item
        WHERE sequence > (SELECT value FROM counter WHERE name = 'filed') AND patient_id IS NOT NULL;
    UPDATE counter SET value = new.sequence WHERE name = 'filed';
END;
