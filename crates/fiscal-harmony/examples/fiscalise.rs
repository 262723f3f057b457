//! Builds an invoice, has it fiscalised and prints what must stand on the paper.

use fiscal_harmony::{
    Buyer, Client, Environment, Invoice, Line, Outcome,
    auth::{AppVersion, Application, Credentials, Identity, Station},
    tax::Tax,
    types::{Amount, CatDateTime, CurrencyCode, HsCode, SystemClock},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder()
        .environment(Environment::Test)
        .credentials(Credentials::from_env()?)
        .identity(Identity::new(
            Application::new("CornerShopPOS")?,
            Station::new("till-3")?,
            AppVersion::new("2.1.0")?,
        ))
        .build()?;
    let bread = Line::builder()
        .description("Bread, white, 700 g")
        .hs_code(HsCode::parse("19059000")?)
        .quantity(Amount::from_units(2))
        .unit_price(Amount::cents(125))
        .tax(Tax::rated("VAT", "15.5".parse()?))
        .build()?;
    let invoice = Invoice::builder()
        .id("INV-2026-00042")
        .date(CatDateTime::now(&SystemClock))
        .currency(CurrencyCode::parse("USD")?)
        .buyer(Buyer::cash("Walk-in")?)
        .lines(vec![bread])
        .build()?;
    match client.fiscalise(&invoice).await?.outcome {
        Outcome::Fiscalised(receipt) => println!("{}\n{}", receipt.verification_code, receipt.qr()?.terminal()),
        other => println!("not fiscalised: {other:?}"),
    }
    Ok(())
}
