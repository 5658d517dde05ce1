-- By which clock something was proven; what was not understood goes in time, and is found without looking through all of it.

-- changed_utc of the proof where the clock was known to be right then; whoever changes the row otherwise leaves it behind
ALTER TABLE outbox ADD COLUMN trusted_utc TEXT;
-- items up to this one may have been proven before anybody noted that
INSERT OR IGNORE INTO fact SELECT 'proven_before', coalesce(max(sequence), 0) FROM item;

-- when a clock that is right first saw it
ALTER TABLE quarantine ADD COLUMN seen_utc TEXT;
CREATE INDEX quarantine_kept ON quarantine (seen_utc) WHERE raw <> x'';
CREATE INDEX quarantine_like ON quarantine (device_id, reason, substr(raw, 1, 64));

CREATE INDEX superseded_of_file ON superseded (frozen_sha256);
