//! Our own PDFs, read back.

use fiscal_harmony::print::{Settings, Sheet, Slip};

use crate::{
    cases::{CODE, URL, cases, document, letters, receipt, three_taxes, with_font, with_logo},
    pdf,
};

#[test]
fn a_pdf_of_each_receipt_is_read_back_and_its_code_from_its_picture() {
    for case in cases() {
        for sheet in Sheet::ALL {
            let file = case.with(Settings::default(), |slip| slip.pdf(sheet));
            keep_to_look_at(&format!("{}-{}.pdf", case.name, sheet.name()), &file);
            let read = pdf::read(&file);
            let view = case.document.view();
            let code: &[&str] = if case.is_provisional { &[] } else { &[CODE, URL] };
            for part in [view.number, &view.buyer.name].iter().chain(code) {
                let part: String = part.split_whitespace().collect();
                assert!(
                    read.text.contains(&part),
                    "{} {sheet:?}: {part}: {}",
                    case.name,
                    read.text
                );
            }
            for line in view.lines {
                let name: String = line.description.split_whitespace().collect();
                assert!(read.text.contains(&name), "{} {sheet:?}: {name}", case.name);
            }
            let expected: &[&str] = if case.is_provisional { &[] } else { &[URL] };
            assert_eq!(read.codes.concat(), expected, "{} {sheet:?}", case.name);
            assert_eq!(read.text.contains("NOTAFISCALRECEIPT"), case.is_provisional);
            assert_eq!(read.text.contains("COPY1"), case.name == "copy");
            assert_eq!(read.letters, 0, "no letter that every reader has is brought along");
            let pages = read.sizes.len();
            match sheet {
                Sheet::A4 => {
                    assert_eq!(
                        pages > 1,
                        case.name == "two-hundred-lines",
                        "{}: {pages} pages",
                        case.name
                    );
                    assert!(
                        read.sizes.iter().all(|size| *size == (595.3, 841.9)),
                        "{:?}",
                        read.sizes
                    );
                    assert!(read.text.contains(&format!("{pages}/{pages}")), "pages are counted");
                }
                _ => assert_eq!((pages, read.sizes[0].0), (1, 226.8)),
            }
        }
    }
}

/// `FH_LOOK=FOLDER` keeps the PDFs for a person.
fn keep_to_look_at(name: &str, file: &[u8]) {
    if let Some(folder) = std::env::var_os("FH_LOOK") {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(std::path::Path::new(&folder).join(name), file).unwrap();
    }
}

#[test]
fn a_pdf_brings_along_the_letters_that_no_reader_has_and_no_more() {
    let (receipt, document) = (receipt(), document(&letters()));
    for sheet in Sheet::ALL {
        let slip = Slip::new(&receipt).unwrap().with_document(&document);
        let file = slip.pdf(sheet);
        keep_to_look_at(&format!("letters-{}.pdf", sheet.name()), &file);
        let read = pdf::read(&file);
        for part in [
            "Crèmebrûlée,naïvefaçade–“large”…5€",
            "Łódź",
            "Пивосветлое0,5",
            "Καφέςελληνικός",
            "茶叶100克",
            "커피우유",
            "[Arabic](greentea)",
        ] {
            assert!(read.text.contains(part), "{part}: {}", read.text);
        }
        assert!((30..70).contains(&read.letters), "{} letters", read.letters);
        assert!(file.len() < 60_000, "{} bytes", file.len());
        assert!(read.text.contains("Wordsin[brackets]"));
    }
}

#[test]
fn a_pdf_shows_the_logo() {
    let (receipt, document) = (receipt(), document(&three_taxes()));
    let slip = Slip::new(&receipt)
        .unwrap()
        .with_document(&document)
        .settings(with_logo(48));
    for sheet in Sheet::ALL {
        let file = lopdf::Document::load_mem(&slip.pdf(sheet)).unwrap();
        let pictures = file.objects.values().filter_map(|object| object.as_stream().ok());
        let widths: Vec<i64> = pictures
            .filter_map(|stream| stream.dict.get(b"Width").ok()?.as_i64().ok())
            .collect();
        assert_eq!(widths, [80], "{sheet:?}");
    }
}

#[test]
fn a_pdf_shows_the_letters_of_the_shop_s_font_and_says_what_they_are() {
    let (receipt, document) = (receipt(), document(&letters()));
    for sheet in Sheet::ALL {
        let slip = Slip::new(&receipt)
            .unwrap()
            .with_document(&document)
            .settings(with_font(48));
        let file = slip.pdf(sheet);
        keep_to_look_at(&format!("shop-font-{}.pdf", sheet.name()), &file);
        let read = pdf::read(&file);
        assert!(!read.text.contains("[Arabic]"), "{sheet:?}: {}", read.text);
        assert!(read.text.contains("(greentea)"), "{sheet:?}: {}", read.text);
        // Two words, the first of which stands on the right.
        assert_eq!(read.spoken, ["أخضر", "شاي"], "{sheet:?}");
    }
}
