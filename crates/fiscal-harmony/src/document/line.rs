use fh_types::{Amount, HsCode};
use serde_json::{Map, Value};

use super::{
    build::{BuildError, text},
    extra,
    types::LineItem,
};
use crate::tax::{self, DiscountPolicy, Tax};

/// One line of a document: what, how many, at what price, under which tax.
///
/// `LineAmount` is computed exactly: unit price × quantity, rounded once to the cent, less the discount.
///
/// ```
/// use fiscal_harmony::{Line, tax::Tax, types::{Amount, HsCode}};
/// let line = Line::builder()
///     .description("Bread, white, 700 g")
///     .hs_code(HsCode::parse("19059000")?)
///     .quantity(Amount::from_units(3))
///     .unit_price(Amount::cents(125))
///     .tax(Tax::rated("VAT", "15.5".parse()?))
///     .build()?;
/// assert_eq!(line.amount(), Amount::cents(375));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub(super) item: LineItem,
    pub(super) tax: Tax,
}

/// The limits of a price and a quantity \[zimra\].
const POSITIVE: &str = "above zero, with at most 6 decimals";

fh_raw::line_builder! {
    {
        #[derive(bon::Builder)]
        #[builder(
            start_fn(name = start, vis = ""),
            finish_fn(name = parts, vis = ""),
            builder_type(name = LineBuilder, vis = "pub", doc {
                /// Builds a [`Line`]: made by [`Line::builder`], ended by [`LineBuilder::build`]. What is mandatory, the
                /// compiler demands.
            }),
            state_mod(name = line_builder, vis = "pub", doc {
                /// What is given to a [`LineBuilder`] so far, for the compiler.
            }),
        )]
        struct LineParts
    }
    {
        #[builder(field)]
        extra: Map<String, Value>,
        /// What is sold: 1 to 200 characters \[zimra\].
        #[builder(into)]
        description: String,
        /// The HS code, mandatory on every line \[docs\].
        hs_code: HsCode,
        /// How many, above zero, up to six decimals.
        quantity: Amount,
        /// The price of one, before discount, with or without tax as the document says; up to six decimals.
        unit_price: Amount,
        /// The discount on the whole line, as an amount of money and not a percentage \[kb\].
        #[builder(default)]
        discount: Amount,
        /// The tax.
        tax: Tax,
    }
}

impl<S: line_builder::State> LineBuilder<S> {
    /// A field that this crate does not know yet, by its name on the wire; a name that is known is refused by
    /// [`build`](Self::build).
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }
}

impl<S: line_builder::IsComplete> LineBuilder<S> {
    /// The line.
    ///
    /// # Errors
    ///
    /// When the description is empty or over 200 characters, the price or the quantity is not above zero or has over six
    /// decimals, the discount is negative, has over two decimals or is more than the line, or an extra field has the name
    /// of a known one.
    pub fn build(self) -> Result<Line, BuildError> {
        let parts = self.parts();
        let (unit_price, quantity, discount) = (parts.unit_price, parts.quantity, parts.discount);
        let tax = parts.tax;
        extra::check_names(&parts.extra, LineItem::NAMES)?;
        positive("UnitAmount", unit_price)?;
        positive("Quantity", quantity)?;
        let description = text("Description", parts.description, 200, "1 to 200 characters")?;
        let tax_code = text("TaxCode", tax.code(), 200, "a code that stands in a tax mapping")?;
        if discount.is_negative() || discount.needed_scale() > tax::MONEY_DECIMALS {
            let allowed = "zero or more, with at most 2 decimals";
            return Err(BuildError::Number {
                field: "DiscountAmount",
                value: discount,
                allowed,
            });
        }
        let discount = Some(discount).filter(|discount| !discount.is_zero());
        let line_amount = tax::line_amount(unit_price, quantity, discount, DiscountPolicy::NetOfDiscount)
            .ok_or(BuildError::TooLarge)?
            .value;
        if line_amount.is_negative() {
            return Err(BuildError::Number {
                field: "DiscountAmount",
                value: discount.unwrap_or_default(),
                allowed: "no more than the price times the quantity",
            });
        }
        Ok(Line {
            item: fh_raw::new_line_item! {
                parts;
                description: description,
                unit_amount: unit_price,
                quantity: quantity,
                line_amount: line_amount,
                discount_amount: discount,
                tax_code: tax_code,
                product_code: parts.hs_code.into(),
            },
            tax,
        })
    }
}

impl Line {
    /// A line by its unit price.
    pub fn builder() -> LineBuilder {
        LineParts::start()
    }

    /// A line by its total, for tills that know only that: the unit price is worked out with as few decimals as bring the
    /// total back exactly. Two or three decimals, as published clients round to, miss it often \[vendor-code\].
    ///
    /// # Errors
    ///
    /// As for [`Line::builder`]; and when no unit price of up to six decimals gives the total.
    ///
    /// ```
    /// # use fiscal_harmony::{Line, tax::Tax, types::{Amount, HsCode}};
    /// let line = Line::from_total("Sugar, loose", HsCode::parse("17019900")?, Amount::from_units(3), Amount::cents(1000), Tax::exempt("EX"))?;
    /// assert_eq!(line.unit_price(), "3.333".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_total(
        description: impl Into<String>,
        hs_code: HsCode,
        quantity: Amount,
        total: Amount,
        tax: Tax,
    ) -> Result<Self, BuildError> {
        positive("Quantity", quantity)?;
        let (unit_price, _) =
            tax::unit_price_from_total(total, quantity).ok_or(BuildError::NoUnitPrice { total, quantity })?;
        Self::builder()
            .description(description)
            .hs_code(hs_code)
            .quantity(quantity)
            .unit_price(unit_price)
            .tax(tax)
            .build()
    }

    /// The line's total, after discount.
    #[must_use]
    pub fn amount(&self) -> Amount {
        self.item.line_amount
    }

    /// The price of one.
    #[must_use]
    pub fn unit_price(&self) -> Amount {
        self.item.unit_amount
    }

    /// The line as it stands on a document.
    #[must_use]
    pub fn item(&self) -> &LineItem {
        &self.item
    }

    /// The tax.
    #[must_use]
    pub fn tax(&self) -> &Tax {
        &self.tax
    }
}

fn positive(field: &'static str, value: Amount) -> Result<(), BuildError> {
    if value.is_positive() && value.needed_scale() <= tax::PRICE_DECIMALS {
        Ok(())
    } else {
        Err(BuildError::Number {
            field,
            value,
            allowed: POSITIVE,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(quantity: &str, price: &str, discount: &str) -> Result<Line, BuildError> {
        Line::builder()
            .description("Soap")
            .hs_code(HsCode::parse("34011100").unwrap())
            .quantity(quantity.parse().unwrap())
            .unit_price(price.parse().unwrap())
            .discount(discount.parse().unwrap())
            .tax(Tax::exempt("EX"))
            .build()
    }

    #[test]
    fn the_line_amount_is_the_rounded_product_less_the_discount() {
        assert_eq!(line("571.5", "0.09", "0").unwrap().amount(), "51.44".parse().unwrap());
        let discounted = line("2", "1.50", "0.25").unwrap();
        assert_eq!(discounted.amount(), Amount::cents(275));
        assert_eq!(discounted.item.discount_amount, Some(Amount::cents(25)));
        assert_eq!(line("2", "1.50", "0.00").unwrap().item.discount_amount, None);
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        for (quantity, price, discount, field) in [
            ("0", "1", "0", "Quantity"),
            ("-1", "1", "0", "Quantity"),
            ("1", "0", "0", "UnitAmount"),
            ("1", "0.0000001", "0", "UnitAmount"),
            ("1", "1", "-0.01", "DiscountAmount"),
            ("1", "1", "0.001", "DiscountAmount"),
            ("1", "1", "1.01", "DiscountAmount"),
        ] {
            let error = line(quantity, price, discount).unwrap_err();
            assert!(error.to_string().starts_with(field), "{error}");
        }
    }
}
