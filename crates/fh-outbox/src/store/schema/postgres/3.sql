-- Whether a lane waits for a document is a fact of its own, and so is why it stands where it stands.
ALTER TABLE fh_outbox_entry ADD COLUMN holds BIGINT NOT NULL DEFAULT 0;
ALTER TABLE fh_outbox_entry ADD COLUMN cause TEXT;
ALTER TABLE fh_outbox_entry ADD COLUMN passing TEXT;
ALTER TABLE fh_outbox_entry ADD COLUMN passes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE fh_outbox_entry ADD COLUMN passing_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE fh_outbox_entry ADD COLUMN alarm BIGINT NOT NULL DEFAULT 0;
UPDATE fh_outbox_entry SET holds = 1 WHERE state IN ('queued', 'sending', 'unknown', 'parked');
UPDATE fh_outbox_entry SET alarm = 1 WHERE doubled = 1 OR state = 'expired';
UPDATE fh_outbox_entry SET cause = 'undecided' WHERE state = 'expired';
UPDATE fh_outbox_entry SET cause = 'rejected' WHERE state = 'rejected';
UPDATE fh_outbox_entry SET cause =
  CASE (SELECT h.event FROM fh_outbox_history h WHERE h.seq = fh_outbox_entry.seq ORDER BY h.id DESC LIMIT 1)
    WHEN 'hold' THEN 'invoice_failed'
    WHEN 'lost' THEN 'held_by_policy'
    WHEN 'lease_expired' THEN 'held_by_policy'
    WHEN 'conflict' THEN 'conflict'
    WHEN 'refused' THEN 'refused_at_the_door'
    ELSE 'rejected' END
  WHERE state = 'parked';
-- An acceptance used to make a doubt forgotten: a sending before it may have arrived all the same. And a number that is used may be used by
-- the very document.
UPDATE fh_outbox_entry SET doubt = 1, resend = 1 WHERE state IN ('accepted', 'rejected', 'parked')
  AND EXISTS (SELECT 1 FROM fh_outbox_history h WHERE h.seq = fh_outbox_entry.seq AND h.event IN ('lost', 'lease_expired'));
UPDATE fh_outbox_entry SET doubt = 1, resend = 1 WHERE state IN ('rejected', 'parked') AND reason LIKE '%RCPT013%';
INSERT INTO fh_outbox_history (seq, at, who, event, from_state, to_state, attempt, why)
  SELECT seq, changed_at, 'migration', 'rejected', state, 'parked', attempts, 'probably fiscalised already: an earlier sending may have arrived'
  FROM fh_outbox_entry WHERE state = 'rejected' AND doubt = 1 ORDER BY seq;
UPDATE fh_outbox_entry SET state = 'parked', cause = 'probably_fiscalised', reason = 'probably fiscalised already: ' || COALESCE(reason, 'it was rejected')
  WHERE doubt = 1 AND (state = 'rejected' OR (state = 'parked' AND cause IN ('rejected', 'refused_at_the_door', 'conflict')));
DROP INDEX fh_outbox_entry_lane;
CREATE INDEX fh_outbox_entry_lane ON fh_outbox_entry (lane, seq) WHERE holds = 1;
CREATE INDEX fh_outbox_entry_beside ON fh_outbox_entry (lane, seq) WHERE holds = 0 AND state IN ('queued', 'sending', 'unknown', 'parked');
CREATE INDEX fh_outbox_entry_passing ON fh_outbox_entry (lane, passing, seq) WHERE passing IS NOT NULL;
DROP INDEX fh_outbox_entry_doubled;
CREATE INDEX fh_outbox_entry_alarm ON fh_outbox_entry (seq) WHERE alarm = 1;
