-- A worker of an older program may still run when a newer one has brought the store up to date. It knows nothing of what is kept since, so
-- it is refused before it sends: it writes the token of its claim alone, without the token's twin.
ALTER TABLE fh_outbox_entry ADD COLUMN claim BIGINT NOT NULL DEFAULT 0;
CREATE TRIGGER fh_outbox_entry_is_claimed_by_this_version BEFORE UPDATE OF state ON fh_outbox_entry
  FOR EACH ROW WHEN (NEW.state = 'sending' AND NEW.claim <> NEW.token)
  EXECUTE FUNCTION fh_outbox_refuse('a newer program has brought this outbox up to date: stop this one and start the newer');
