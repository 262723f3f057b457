//! The columns of these tests, and what they mean.

pub(crate) const HEADINGS: &str =
    "Invoice No,Credited Invoice,Reason,Date,Customer,TIN,Item,HS Code,Qty,Price,Less,VAT,Paid by";

pub(crate) const MAPPING: &str = r#"
date = "dd/mm/yyyy"
time_of_day = "12:00:00"

[columns]
id = "Invoice No"
original = "Credited Invoice"
reference = "Reason"
date = "Date"
buyer_name = "Customer"
buyer_tin = "TIN"
description = "Item"
hs_code = "HS Code"
quantity = "Qty"
unit_price = "Price"
discount = "Less"
tax_code = "VAT"
payment = "Paid by"

[constants]
currency = "USD"

[taxes]
"15.5%" = { code = "VAT15.5", percent = 15.5 }
"exempt" = { code = "EXEMPT", exempt = true }

[payments]
"EcoCash" = "MobileWallet"
"#;
