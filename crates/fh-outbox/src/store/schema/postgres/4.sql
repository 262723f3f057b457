-- A worker of an older program may still run when a newer one has brought the store up to date. It knows nothing of what is kept since, so
-- it is refused before it sends: it writes the token of its claim alone, without the token's twin.
ALTER TABLE fh_outbox_entry ADD COLUMN claim BIGINT NOT NULL DEFAULT 0;
CREATE TRIGGER fh_outbox_entry_is_claimed_by_this_version BEFORE UPDATE OF state ON fh_outbox_entry
  FOR EACH ROW WHEN (NEW.state = 'sending' AND NEW.claim <> NEW.token)
  EXECUTE FUNCTION fh_outbox_refuse('a newer program has brought this outbox up to date: stop this one and start the newer');
-- A refusal whose code keeps the fiscal day from closing, until a person has seen to it.
ALTER TABLE fh_outbox_entry ADD COLUMN red BIGINT NOT NULL DEFAULT 0;
CREATE INDEX fh_outbox_entry_red ON fh_outbox_entry (lane, seq) WHERE red = 1;
-- What must be known and is no state of a document, until a person knows it; and alarms that have been sent to somebody.
CREATE TABLE fh_outbox_notice (
  key TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  lane TEXT,
  document TEXT,
  count BIGINT NOT NULL,
  since BIGINT NOT NULL,
  latest BIGINT NOT NULL,
  what TEXT NOT NULL,
  known_by TEXT,
  known_at BIGINT
);
CREATE TABLE fh_outbox_told (
  alarm TEXT PRIMARY KEY,
  again_at BIGINT NOT NULL,
  told_at BIGINT
);
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
-- Which till of a device it is from.
ALTER TABLE fh_outbox_entry ADD COLUMN station TEXT;
-- What the service knew of each lane's account when it was last asked: used until a newer one comes.
CREATE TABLE fh_outbox_catalogue (lane TEXT PRIMARY KEY, fetched_at BIGINT NOT NULL, catalogue TEXT NOT NULL);
