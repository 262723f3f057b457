"""Writes random sales and credit notes, a line of JSON each: prices with and without tax, four taxes, three currencies.

    documents.py FIRST COUNT ALL > FILE

Their dates are a second apart, and the last of ALL is of a moment ago.

The tax code STD is one whose rate is changed between two such files.
"""

import datetime
import json
import random
import sys

first, count, all_of_them = map(int, sys.argv[1:])
dice = random.Random(first)
cat = datetime.timezone(datetime.timedelta(hours=2))
begin = datetime.datetime.now(cat).replace(microsecond=0) - datetime.timedelta(seconds=2 * all_of_them + 60)
buyers = ["Cash Customer", "Cash =1+1", "Cash \"Quoted\", Ltd", "Cash Élan Müller", "Cash +263 77 200 0000"]
taxes = ["VAT15.5", "ZERO", "EXEMPT", "STD"]


def at(second):
    return (begin + datetime.timedelta(seconds=second)).isoformat()


def sale(number):
    inclusive = dice.random() < 0.5
    # Nobody has published which way the authority rounds half a cent: without tax in the prices, none comes to that.
    step = 1 if inclusive else 200
    lines = [
        (dice.choice(taxes), step * dice.randrange(1, 50_000 // step), dice.randrange(1, 5)) for _ in range(dice.randrange(1, 5))
    ]
    return {
        "InvoiceId": f"T-{number}",
        "InvoiceNumber": f"T-{number}",
        "IsTaxInclusive": inclusive,
        "BuyerContact": {"Name": dice.choice(buyers)},
        "Date": at(2 * number),
        "CurrencyCode": dice.choice(["USD", "ZWG", "ZAR"]),
        "PaymentMethod": dice.choice(["Cash", "Card", "MobileWallet"]),
        "LineItems": [
            {
                "Description": "Goods",
                "ProductCode": "84439990",
                "UnitAmount": price,
                "Quantity": quantity,
                "LineAmount": price * quantity,
                "TaxCode": tax,
            }
            for tax, price, quantity in lines
        ],
    }


def written(document):
    """With amounts as decimals, which no floating-point number has touched."""
    text = json.dumps(document, ensure_ascii=False)
    for line in document["LineItems"]:
        for field in ("UnitAmount", "LineAmount"):
            cents = line[field]
            text = text.replace(f'"{field}": {cents},', f'"{field}": {cents // 100}.{cents % 100:02},', 1)
    return text


for number in range(first, first + count):
    document = sale(number)
    print(written(document))
    if number % 7 == 3:
        note = {name: value for name, value in document.items() if not name.startswith("Invoice")}
        note |= {
            "CreditNoteId": f"N-{number}",
            "CreditNoteNumber": f"N-{number}",
            "OriginalInvoiceId": document["InvoiceId"],
            "Reference": "Goods returned",
            "Date": at(2 * number + 1),
        }
        print(written(note))
