-- Times are microseconds since 1970. Flags are 0 and 1. Nothing says AUTOINCREMENT, which would cost each document a page of the disk; a
-- number is never given twice all the same, since pruning leaves the newest row of each table where it is.
CREATE TABLE fh_outbox_entry (
  seq INTEGER PRIMARY KEY,
  document_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  number TEXT NOT NULL,
  original_id TEXT,
  dated BIGINT NOT NULL,
  lane TEXT NOT NULL,
  body BLOB NOT NULL,
  body_sha256 BLOB NOT NULL,
  retry_body BLOB NOT NULL,
  retry_sha256 BLOB NOT NULL,
  -- What the taxes stood for when it was taken in, for checks of later documents against it.
  known TEXT,
  enqueued_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  resend BIGINT NOT NULL,
  doubt BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  token BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  request_id TEXT,
  accepted_at BIGINT,
  poll_at BIGINT NOT NULL,
  receipt TEXT,
  reason TEXT,
  actionable BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE INDEX fh_outbox_entry_lane ON fh_outbox_entry (lane, seq)
  WHERE state IN ('queued', 'sending', 'unknown', 'parked');
CREATE INDEX fh_outbox_entry_poll ON fh_outbox_entry (lane, poll_at) WHERE state = 'accepted';
CREATE INDEX fh_outbox_entry_aside ON fh_outbox_entry (state, seq) WHERE state IN ('rejected', 'expired', 'skipped');
CREATE INDEX fh_outbox_entry_doubled ON fh_outbox_entry (changed_at) WHERE state = 'fiscalised' AND reason IS NOT NULL;
CREATE INDEX fh_outbox_entry_number ON fh_outbox_entry (number);
CREATE INDEX fh_outbox_entry_original ON fh_outbox_entry (original_id) WHERE original_id IS NOT NULL;

-- Every request id under which the service knows, or once knew, a document.
CREATE TABLE fh_outbox_request (
  request_id TEXT PRIMARY KEY,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX fh_outbox_request_seq ON fh_outbox_request (seq);

-- News of requests that nobody here knows (yet): a webhook can be faster than the answer to the submission.
CREATE TABLE fh_outbox_orphan (
  request_id TEXT PRIMARY KEY,
  news TEXT NOT NULL,
  source TEXT NOT NULL,
  at BIGINT NOT NULL,
  matched_seq BIGINT
);

-- Every change, for ever. Nothing updates it; only pruning, which exports first, deletes.
CREATE TABLE fh_outbox_history (
  id INTEGER PRIMARY KEY,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  who TEXT NOT NULL,
  event TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT NOT NULL,
  attempt BIGINT NOT NULL,
  status BIGINT,
  why TEXT NOT NULL,
  excerpt TEXT
);
CREATE INDEX fh_outbox_history_seq ON fh_outbox_history (seq, id);

-- What is left of a document after pruning: enough never to send it again.
CREATE TABLE fh_outbox_pruned (
  document_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  number TEXT NOT NULL,
  lane TEXT NOT NULL,
  dated BIGINT NOT NULL,
  body_sha256 BLOB NOT NULL,
  enqueued_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  request_id TEXT,
  receipt TEXT,
  reason TEXT,
  changed_at BIGINT NOT NULL
);

CREATE TRIGGER fh_outbox_history_is_append_only BEFORE UPDATE ON fh_outbox_history
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
CREATE TRIGGER fh_outbox_entry_body_is_fixed BEFORE UPDATE OF body, body_sha256, retry_body, retry_sha256, document_id ON fh_outbox_entry
BEGIN SELECT RAISE(ABORT, 'a document is never changed'); END;
