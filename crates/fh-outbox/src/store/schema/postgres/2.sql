-- "Fiscalised twice" has a column of its own; until now a reason on a fiscalised document said it.
ALTER TABLE fh_outbox_entry ADD COLUMN doubled BIGINT NOT NULL DEFAULT 0;
UPDATE fh_outbox_entry SET doubled = 1 WHERE state = 'fiscalised' AND reason IS NOT NULL;
DROP INDEX fh_outbox_entry_doubled;
CREATE INDEX fh_outbox_entry_doubled ON fh_outbox_entry (changed_at) WHERE doubled = 1;
ALTER TABLE fh_outbox_pruned ADD COLUMN doubled BIGINT NOT NULL DEFAULT 0;
UPDATE fh_outbox_pruned SET doubled = 1 WHERE state = 'fiscalised' AND reason IS NOT NULL;
