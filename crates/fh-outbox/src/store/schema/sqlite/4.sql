-- Who has a document in hand, and until when a byte of it may be on the wire.
ALTER TABLE fh_outbox_entry ADD COLUMN holder TEXT;
ALTER TABLE fh_outbox_entry ADD COLUMN wire_until BIGINT NOT NULL DEFAULT 0;
-- When the service took it, by the service's clock; and whether one that was given up was asked about once more.
ALTER TABLE fh_outbox_entry ADD COLUMN taken_at BIGINT;
ALTER TABLE fh_outbox_entry ADD COLUMN asked_again BIGINT NOT NULL DEFAULT 0;
