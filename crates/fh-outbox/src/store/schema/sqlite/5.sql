-- What each document comes to, in cents, beside it and after it: pruning takes the document, and its amounts stay. `day` counts the days since
-- 1970 in Central Africa Time. `taxes` holds a line for each tax: its code, the authority's id, the rate, the sum without tax, the tax, the
-- sum with it. Amounts are empty where they cannot be known.
CREATE TABLE fh_outbox_ledger (
  seq INTEGER PRIMARY KEY,
  document_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  number TEXT NOT NULL,
  original_id TEXT,
  day BIGINT NOT NULL,
  dated BIGINT NOT NULL,
  lane TEXT NOT NULL,
  station TEXT,
  currency TEXT NOT NULL,
  buyer TEXT NOT NULL,
  tin TEXT,
  payment TEXT,
  total BIGINT,
  net BIGINT,
  tax BIGINT,
  discounts BIGINT,
  taxes TEXT NOT NULL,
  -- Of the receipt, once there is one.
  device BIGINT,
  fiscal_day BIGINT,
  receipt_number BIGINT,
  -- 1: it is counted among the sales of its day.
  counted BIGINT NOT NULL DEFAULT 0,
  -- The state in which it was pruned.
  pruned TEXT
);
CREATE INDEX fh_outbox_ledger_day ON fh_outbox_ledger (day, seq);
CREATE INDEX fh_outbox_ledger_fiscal_day ON fh_outbox_ledger (fiscal_day, device, receipt_number) WHERE fiscal_day IS NOT NULL;
CREATE INDEX fh_outbox_ledger_untaxed ON fh_outbox_ledger (lane, seq) WHERE tax IS NULL AND pruned IS NULL;
CREATE INDEX fh_outbox_ledger_pruned ON fh_outbox_ledger (day) WHERE pruned IS NOT NULL AND counted = 0;

-- What was sold on a day: a line for each lane, currency, kind and tax, kept up to date with the documents. The line without a code counts
-- documents and their totals.
CREATE TABLE fh_outbox_sold (
  day BIGINT NOT NULL,
  lane TEXT NOT NULL,
  currency TEXT NOT NULL,
  kind TEXT NOT NULL,
  code TEXT NOT NULL,
  tax_id BIGINT NOT NULL,
  rate TEXT NOT NULL,
  documents BIGINT NOT NULL,
  unknown BIGINT NOT NULL,
  net BIGINT NOT NULL,
  tax BIGINT NOT NULL,
  gross BIGINT NOT NULL,
  PRIMARY KEY (day, lane, currency, kind, code, tax_id, rate)
);

-- The latest `Date`, in seconds since 1970, that the authority has of a lane: on a receipt, or on one that it refused.
CREATE TABLE fh_outbox_lane (lane TEXT PRIMARY KEY, latest BIGINT NOT NULL);
INSERT INTO fh_outbox_lane (lane, latest) SELECT lane, max(dated) FROM fh_outbox_entry
  WHERE state = 'fiscalised' OR (state IN ('rejected', 'parked') AND reason LIKE '%RCPT%') GROUP BY lane;
