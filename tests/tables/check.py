"""Opens an export with other people's programs, adds it up, and holds it against `fh report` and the simulator's Z-report.

    check.py FOLDER

FOLDER has documents, taxes and lines as CSV, Parquet and JSON lines, all of them in one workbook, what `fh report` says by currency and by tax,
and the Z-report, as tests/tables/run.sh leaves them. Nothing of ours is used here.
"""

import csv
import json
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pyarrow
import pyarrow.parquet

folder = Path(sys.argv[1])
ZERO = Decimal(0)


def loads(name):
    return json.loads((folder / name).read_text(), parse_float=Decimal, parse_int=Decimal)


def added(rows):
    """Sums of what is fiscalised: for each currency, invoices less credit notes."""
    sums = defaultdict(lambda: [0, 0, ZERO, ZERO, ZERO])
    for row in rows:
        if (row["standing"] or "fiscalised") != "fiscalised":
            continue
        sum = sums[row["currency"]]
        is_note = row["kind"] == "credit_note"
        sign = -1 if is_note else 1
        sum[is_note] += 1
        for at, name in enumerate(("gross", "net", "tax"), 2):
            sum[at] += sign * Decimal(row[name])
    return dict(sums)


def by_tax(rows):
    sums = defaultdict(lambda: [ZERO, ZERO])
    for row in rows:
        if (row["standing"] or "fiscalised") == "fiscalised":
            sign = -1 if row["kind"] == "credit_note" else 1
            sum = sums[row["currency"], row["rate"]]
            sum[0] += sign * Decimal(row["gross"])
            sum[1] += sign * Decimal(row["tax"])
    return dict(sums)


def read_csv(table):
    with open(folder / f"{table}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


told = {}
for sales in loads("currency.json")["sales"]:
    told[sales["currency"]] = [
        sales["invoices"]["documents"], sales["credit_notes"]["documents"], sales["gross"], sales["net"], sales["tax_amount"],
    ]
told_by_tax = {
    (sales["currency"], sales["tax"]["rate"]): [sales["gross"], sales["tax_amount"]] for sales in loads("tax.json")["sales"]
}
assert len(told) == 3 and len(told_by_tax) >= 9, (told, told_by_tax)

documents, taxes, lines = map(read_csv, ("documents", "taxes", "lines"))
assert added(documents) == told, (added(documents), told)
assert by_tax(taxes) == told_by_tax, (by_tax(taxes), told_by_tax)
print(f"CSV: {len(documents)} documents, {len(taxes)} taxes, {len(lines)} lines; the sums are those of fh report")
assert any(row["buyer"].startswith("Cash =") for row in documents) and not any(row["buyer"].startswith("=") for row in documents)

with open(folder / "documents.jsonl", encoding="utf-8") as file:
    entries = [json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in file]
assert added(entries) == told
shares = [entry | share for entry in entries for share in entry["taxes"]]
assert by_tax(shares) == told_by_tax
print(f"JSON lines: {len(entries)} documents; the sums are the same")

for table, wanted in (("documents", documents), ("taxes", taxes), ("lines", lines)):
    read = pyarrow.parquet.read_table(folder / f"{table}.parquet")
    assert read.num_rows == len(wanted), (table, read.num_rows)
    for field in read.schema:
        assert not pyarrow.types.is_floating(field.type), field
    if table == "documents":
        assert read.schema.field("gross").type == pyarrow.decimal128(18, 2), read.schema
        assert str(read.schema.field("date").type).startswith("timestamp[us, tz=UTC"), read.schema
        assert added(read.to_pylist()) == told
    if table == "taxes":
        assert by_tax(read.to_pylist()) == told_by_tax
    if table == "lines":
        assert read.schema.field("quantity").type == pyarrow.decimal128(38, 10), read.schema
        exact = [Decimal(row["line_amount"]) for row in wanted]
        assert [row["line_amount"] for row in read.to_pylist()] == exact
print("Parquet with pyarrow: decimals and timestamps, no floating point; the sums are the same")

signed = "sum(CASE kind WHEN 'credit_note' THEN -{0} ELSE {0} END)"
query = "SELECT currency, " + ", ".join(signed.format(name) for name in ("gross", "net", "tax")) + " FROM '{}' WHERE standing = 'fiscalised' GROUP BY 1"
for name in ("documents.parquet", "documents.csv"):
    rows = duckdb.sql(query.format(folder / name)).fetchall()
    sums = {row[0]: [round(Decimal(value), 2) for value in row[1:]] for row in rows}
    assert sums == {currency: sums[2:] for currency, sums in told.items()}, (name, sums)
kinds = dict(duckdb.sql(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '{folder / 'documents.parquet'}')").fetchall())
assert kinds["gross"] == "DECIMAL(18,2)" and kinds["date"] == "TIMESTAMP WITH TIME ZONE", kinds
print("DuckDB: Parquet and CSV, without a word about columns; the sums are the same")

book = openpyxl.load_workbook(folder / "all.xlsx", read_only=True)
assert book.sheetnames == ["documents", "taxes", "lines"], book.sheetnames
for table, wanted in (("documents", documents), ("taxes", taxes), ("lines", lines)):
    rows = book[table].iter_rows(values_only=True)
    head = next(rows)
    read = [dict(zip(head, row)) for row in rows]
    assert len(read) == len(wanted), (table, len(read))
    if table == "documents":
        # A spreadsheet keeps fifteen digits, which hold every amount; sums are taken in decimals.
        assert added([row | {name: str(row[name]) for name in ("gross", "net", "tax")} for row in read]) == told
        assert all(hasattr(row["date"], "hour") for row in read[:100])
        assert {row["buyer"] for row in read} == {row["buyer"] for row in wanted}
    if table == "taxes":
        assert by_tax([row | {name: str(row[name]) for name in ("gross", "tax")} for row in read]) == told_by_tax
print("openpyxl: three sheets of numbers, dates and texts; the sums are the same")

report = loads("zreport.json")
invoices = sum(sums[0] + sums[1] for sums in told.values())
assert report["ReceiptCount"] == invoices, (report["ReceiptCount"], invoices)
theirs = defaultdict(lambda: [ZERO, ZERO])
for row in report["Summaries"]:
    rate = "exempt" if row["TaxPercent"] is None else str(row["TaxPercent"].normalize())
    both = theirs[row["Currency"], rate]
    both[0] += row["Sales"] - row["CreditNotes"]
    both[1] += row["SalesTax"] - row["CreditNotesTax"]
assert dict(theirs) == told_by_tax, (dict(theirs), told_by_tax)
print(f"the Z-report of the fiscal day: {invoices} receipts; its sums are the same")
