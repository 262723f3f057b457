"""Adds up an export of documents and one of taxes, without anything of ours: what `fh report` is held against."""

import csv
import json
import sys
from collections import defaultdict
from decimal import Decimal

documents, taxes = sys.argv[1:]
sales = defaultdict(lambda: [0, 0, Decimal(0), Decimal(0), Decimal(0)])
with open(documents, newline="", encoding="utf-8") as file:
    for row in csv.DictReader(file):
        if row["standing"] != "fiscalised":
            continue
        sum = sales[row["currency"]]
        is_note = row["kind"] == "credit_note"
        sign = -1 if is_note else 1
        sum[is_note] += 1
        sum[2] += Decimal(row["signed_gross"])
        sum[3] += sign * Decimal(row["net"])
        sum[4] += sign * Decimal(row["tax"])
by_tax = defaultdict(lambda: [Decimal(0), Decimal(0)])
with open(taxes, newline="", encoding="utf-8") as file:
    for row in csv.DictReader(file):
        if row["standing"] == "fiscalised":
            sign = -1 if row["kind"] == "credit_note" else 1
            sum = by_tax[row["currency"] + " " + row["rate"]]
            sum[0] += sign * Decimal(row["tax"])
            sum[1] += sign * Decimal(row["gross"])
told = {
    "currencies": {name: [*sum[:2], *(f"{amount:.2f}" for amount in sum[2:])] for name, sum in sales.items()},
    "taxes": {name: [f"{amount:.2f}" for amount in sum] for name, sum in by_tax.items()},
}
json.dump(told, sys.stdout, sort_keys=True)
