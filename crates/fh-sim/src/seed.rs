use base64::{Engine, engine::general_purpose::STANDARD};
use fh_types::CatDateTime;

use crate::{
    Options, WorldAtStart,
    device::{DayState, Device},
    document::Kind,
    qr::qr_data,
    receipt::{Receipt, TaxRow},
    world::{Account, CurrencyMapping, Tax, TaxMapping, World},
};

/// The id of the first device.
const FIRST_DEVICE: u32 = 34_567;

/// An invoice that was fiscalised before the simulator started, so that `examples/credit-note.json` has an original.
const EARLIER_INVOICE: &str = "INV-2026-00417";

/// A fresh world: one taxpayer, one device with a history of one closed fiscal day, and mappings; or without these two.
pub(crate) fn world(options: &Options) -> World {
    let mut world = World {
        account: Account {
            id: 4217,
            full_name: "Mopani Trading (Pvt) Ltd".to_owned(),
            tin: "2000123456".to_owned(),
            vat_number: options.vat_payer.then(|| "220012345".to_owned()),
            address: ["14 Samora Machel Avenue", "Harare", "Harare Province"]
                .map(str::to_owned)
                .to_vec(),
        },
        taxes: taxes(),
        tax_mappings: Vec::new(),
        currency_mappings: Vec::new(),
        next_mapping: 1,
        devices: vec![device(options, 0)],
        numbers: std::collections::HashMap::new(),
    };
    if options.world == WorldAtStart::Empty {
        return world;
    }
    for (code, name, id) in [
        ("VAT15.5", "Standard rated 15.5%", 517),
        ("VAT15", "Standard rated 15%", 503),
        ("ZERO", "Zero rated 0%", 2),
        ("EXEMPT", "Exempt", 3),
        ("WHT5", "Non-VAT Withholding Tax 5%", 514),
    ] {
        world.tax_mappings.push(TaxMapping {
            id: world.next_mapping,
            user_id: world.account.id,
            tax_code: code.to_owned(),
            tax_name: Some(name.to_owned()),
            destination_tax_id: id,
            zimra_tax_id: id,
        });
        world.next_mapping += 1;
    }
    for currency in ["USD", "ZWG", "ZAR"] {
        world.currency_mappings.push(CurrencyMapping {
            id: world.next_mapping,
            user_id: world.account.id,
            source_currency: currency.to_owned(),
            destination_currency: currency.to_owned(),
        });
        world.next_mapping += 1;
    }
    history(&mut world);
    world
}

/// A fresh world with as many devices as the old one, which have the same credentials.
pub(crate) fn afresh(options: &Options, old: &World) -> World {
    let mut world = world(options);
    for index in 1..old.devices.len() {
        world.devices.push(device(options, index));
    }
    world
}

/// The n-th device of a seed, with credentials in the known formats.
pub(crate) fn device(options: &Options, index: usize) -> Device {
    let place = u64::try_from(index).unwrap_or(u64::MAX);
    let mut rng = fastrand::Rng::with_seed(options.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(place));
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let key = (0..32)
        .map(|_| char::from(alphabet[rng.usize(..alphabet.len())]))
        .collect();
    let secret = STANDARD.encode((0..64).map(|_| rng.u8(..)).collect::<Vec<_>>());
    let id = FIRST_DEVICE + u32::try_from(index).unwrap_or(0);
    let branch = if index == 0 {
        "Head office".to_owned()
    } else {
        format!("Branch {index}")
    };
    Device::new(id, key, secret, branch, CatDateTime::now(options.clock.as_ref()))
}

/// Ids that no client could have guessed, the change of the standard rate, and an exempt tax without a percentage.
fn taxes() -> Vec<Tax> {
    let tax = |id, name: &str, rate, is_vat, from: &str, till: Option<&str>| Tax {
        id,
        name: name.to_owned(),
        rate,
        is_vat,
        valid_from: date(from),
        valid_till: till.map(date),
    };
    vec![
        tax(3, "Exempt", None, true, "2023-01-01T00:00:00", None),
        tax(2, "Zero rated 0%", Some(0), true, "2023-01-01T00:00:00", None),
        tax(
            503,
            "Standard rated 15%",
            Some(1500),
            true,
            "2023-01-01T00:00:00",
            Some("2025-12-31T23:59:59"),
        ),
        tax(
            517,
            "Standard rated 15.5%",
            Some(1550),
            true,
            "2026-01-01T00:00:00",
            None,
        ),
        tax(
            514,
            "Non-VAT Withholding Tax",
            Some(500),
            false,
            "2023-01-01T00:00:00",
            None,
        ),
    ]
}

fn history(world: &mut World) {
    let Some(device) = world.devices.first_mut() else {
        return;
    };
    device.day.number = 211;
    device.day.opened = date("2026-11-13T07:58:00");
    device.day.state = DayState::Opened;
    device.last_global_number = 1041;
    device.keep(Receipt {
        device: device.id,
        request: None,
        document: EARLIER_INVOICE.to_owned(),
        number: EARLIER_INVOICE.to_owned(),
        kind: Kind::Invoice,
        original: None,
        counter: 1,
        global_number: 1042,
        fiscal_day: 211,
        date: date("2026-11-13T09:42:10"),
        currency: "USD".to_owned(),
        total: 46_200,
        rows: vec![TaxRow {
            tax_id: 517,
            rate: Some(1550),
            tax: 6_200,
            gross: 46_200,
        }],
        is_red: false,
        hash: String::new(),
        qr_data: qr_data(EARLIER_INVOICE.as_bytes()),
    });
    // Closing a day without red receipts cannot fail.
    let _ = device.close_day(date("2026-11-13T18:05:00"), false);
    world
        .numbers
        .insert(EARLIER_INVOICE.to_owned(), (device.id, EARLIER_INVOICE.to_owned()));
}

fn date(text: &str) -> CatDateTime {
    text.parse().expect("the dates of this file are well formed")
}
