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
