"""Holds what LibreOffice read from the workbook and from the CSV file against the CSV file itself.

    office.py FOLDER
"""

import csv
import sys
from decimal import Decimal
from pathlib import Path

folder = Path(sys.argv[1])


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


for table in ("documents", "taxes", "lines"):
    ours = read(folder / f"{table}.csv")
    theirs = read(folder / "office-out" / f"all-{table}.csv")
    assert len(ours) == len(theirs) and ours[0].keys() == theirs[0].keys(), table
    for our, their in zip(ours, theirs):
        for name, value in our.items():
            shown = their[name]
            if name == "date":
                assert shown[:10] == value[:10], (table, name, value, shown)
            elif value and value.lstrip("-").replace(".", "", 1).isdigit() and name not in ("number", "document"):
                assert Decimal(shown.replace(",", "")) == Decimal(value), (table, name, value, shown)
print("LibreOffice: the workbook's three sheets have the numbers of the CSV files")
opened = next((folder / "office-out").glob("documents*.csv"))
assert [row["gross"] for row in read(opened)] and all(
    Decimal(row["gross"]) == Decimal(our["gross"]) for row, our in zip(read(opened), read(folder / "documents.csv"))
)
print("LibreOffice: opens documents.csv, whose numbers are numbers")
