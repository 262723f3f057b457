-- Who has a document in hand, and until when a byte of it may be on the wire.
ALTER TABLE fh_outbox_entry ADD COLUMN holder TEXT;
ALTER TABLE fh_outbox_entry ADD COLUMN wire_until BIGINT NOT NULL DEFAULT 0;
-- When the service took it, by the service's clock; and whether one that was given up was asked about once more.
ALTER TABLE fh_outbox_entry ADD COLUMN taken_at BIGINT;
ALTER TABLE fh_outbox_entry ADD COLUMN asked_again BIGINT NOT NULL DEFAULT 0;
-- How many sendings each machine has begun, with a random number for the last: what its mark outside of the store is held against.
CREATE TABLE fh_outbox_node (
  machine TEXT PRIMARY KEY,
  number BIGINT NOT NULL,
  nonce BIGINT NOT NULL,
  -- Where it stood when the store was last put in order after a restore: what was taken in hand before is not sent.
  floor BIGINT NOT NULL,
  -- There is a mark outside.
  marked BIGINT NOT NULL,
  -- It may send.
  sends BIGINT NOT NULL
);
