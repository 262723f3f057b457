-- A worker of an older program may still run when a newer one has brought the store up to date. It knows nothing of what is kept since, so
-- it is refused before it sends: it writes the token of its claim alone, without the token's twin.
ALTER TABLE fh_outbox_entry ADD COLUMN claim BIGINT NOT NULL DEFAULT 0;
CREATE TRIGGER fh_outbox_entry_is_claimed_by_this_version BEFORE UPDATE OF state ON fh_outbox_entry
WHEN NEW.state = 'sending' AND NEW.claim <> NEW.token
BEGIN SELECT RAISE(ABORT, 'a newer program has brought this outbox up to date: stop this one and start the newer'); END;
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
-- A document can be corrected: its content is then another revision, and what it said before is kept for ever.
ALTER TABLE fh_outbox_entry ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE fh_outbox_entry ADD COLUMN receipt_revision BIGINT;
ALTER TABLE fh_outbox_entry ADD COLUMN content_doubt BIGINT NOT NULL DEFAULT 0;
-- 1: its date is looked at when it is sent; 2: and the authority has refused this very date.
ALTER TABLE fh_outbox_entry ADD COLUMN redate BIGINT NOT NULL DEFAULT 0;
ALTER TABLE fh_outbox_entry ADD COLUMN replaced_by TEXT;
ALTER TABLE fh_outbox_entry ADD COLUMN replaces TEXT;
-- Each request knows the revision that it was made with. `shared`: the service gave it to a later revision too.
ALTER TABLE fh_outbox_request ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE fh_outbox_request ADD COLUMN shared BIGINT NOT NULL DEFAULT 0;
-- What a document said before it was corrected, and who made of it what is told in `differences`.
CREATE TABLE fh_outbox_revision (
  seq BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  number TEXT NOT NULL,
  body BLOB NOT NULL,
  body_sha256 BLOB NOT NULL,
  retry_body BLOB NOT NULL,
  retry_sha256 BLOB NOT NULL,
  known TEXT,
  at BIGINT NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  differences TEXT NOT NULL,
  -- Of the correction as it was handed in, before it got a new date; none where nobody handed one in.
  offered_sha256 BLOB,
  PRIMARY KEY (seq, revision)
);
CREATE TRIGGER fh_outbox_revision_is_append_only BEFORE UPDATE ON fh_outbox_revision
BEGIN SELECT RAISE(ABORT, 'what a document said is never changed'); END;
DROP TRIGGER fh_outbox_entry_body_is_fixed;
CREATE TRIGGER fh_outbox_entry_body_is_fixed BEFORE UPDATE OF body, body_sha256, retry_body, retry_sha256, document_id ON fh_outbox_entry
WHEN NEW.document_id <> OLD.document_id OR NEW.revision <= OLD.revision
BEGIN SELECT RAISE(ABORT, 'a document is changed only by a correction'); END;
