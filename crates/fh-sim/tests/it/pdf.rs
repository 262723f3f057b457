use fh_sim::Sim;
use lopdf::content::Content;
use reqwest::Method;
use serde_json::{Value, json};

use crate::till::{Till, example, invoice};

async fn download(till: &Till, record: &Value) -> Vec<u8> {
    let name = record["FiscalInvoicePdf"].as_str().unwrap();
    let mut url = reqwest::Url::parse(&till.base).unwrap();
    url.path_segments_mut().unwrap().extend(["download", name]);
    let response = till
        .http
        .get(url)
        .headers(till.signer.headers(None))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/pdf");
    response.bytes().await.unwrap().to_vec()
}

/// Paints the filled squares of a page's QR code on a bitmap, four pixels to a module, and reads it as a scanner would.
#[expect(clippy::float_arithmetic, reason = "positions on a page are fractions of points")]
fn scan(pdf: &[u8]) -> String {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let pages = document.get_pages();
    assert_eq!(pages.len(), 1);
    let content = Content::decode(&document.get_page_content(pages[&1])).unwrap();
    let figure = |operand: &lopdf::Object| operand.as_float().unwrap();
    let squares: Vec<[f32; 3]> = content
        .operations
        .iter()
        .filter(|operation| operation.operator == "re")
        .map(|operation| operation.operands.iter().map(figure).collect::<Vec<_>>())
        .filter(|rect| rect[2] == rect[3])
        .map(|rect| [rect[0], rect[1], rect[2]])
        .collect();
    let side = squares[0][2];
    let least = |index: usize| squares.iter().map(|square| square[index]).fold(f32::MAX, f32::min);
    let (left, bottom) = (least(0), least(1));
    let place = |value: f32, from: f32| ((value - from) / side).round() as usize;
    let modules: std::collections::HashSet<(usize, usize)> = squares
        .iter()
        .map(|square| (place(square[0], left), place(square[1], bottom)))
        .collect();
    let size = modules.iter().map(|(x, _)| x + 1).max().unwrap();
    let pixels = (size + 8) * 4;
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(pixels, pixels, |x, y| {
        let (column, row) = ((x / 4).wrapping_sub(4), (size + 3).wrapping_sub(y / 4));
        if modules.contains(&(column, row)) { 0 } else { 255 }
    });
    image.detect_grids()[0].decode().unwrap().1
}

#[tokio::test]
async fn the_pdf_shows_the_document_and_its_qr_code_reads_as_the_verification_link() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    for name in ["invoice.json", "credit-note.json"] {
        let record = till.settle(&sim, &example(name)).await;
        let pdf = download(&till, &record).await;
        assert!(pdf.starts_with(b"%PDF-"));
        std::fs::write(format!("{}/{name}.pdf", env!("CARGO_TARGET_TMPDIR")), &pdf).unwrap();
        assert_eq!(scan(&pdf), record["QrData"]["QrCodeUrl"].as_str().unwrap());
        let text = lopdf::Document::load_mem(&pdf).unwrap().extract_text(&[1]).unwrap();
        for part in [
            "SIMULATOR - NOT A FISCAL RECEIPT",
            "Mopani Trading",
            "Baobab Lodge",
            "Cooking oil 2 l",
            "34567",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(
            text.contains(record["QrData"]["VerificationCode"].as_str().unwrap()),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_document_of_many_lines_still_has_one_page() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let mut document = invoice("LONG-1");
    document["BuyerContact"]["Name"] = json!("Cash Café \u{4e16}");
    let line = document["LineItems"][0].clone();
    document["LineItems"] = std::iter::repeat_n(line, 60).collect();
    document["Total"] = json!(6930);
    document["TotalTax"] = json!(930);
    document["SubTotal"] = json!(6000);
    let record = till.settle(&sim, &document).await;
    let pdf = download(&till, &record).await;
    std::fs::write(format!("{}/long.pdf", env!("CARGO_TARGET_TMPDIR")), &pdf).unwrap();
    let text = lopdf::Document::load_mem(&pdf).unwrap().extract_text(&[1]).unwrap();
    assert!(text.contains("and 38 more lines") && text.contains("6930.00"), "{text}");
    assert_eq!(scan(&pdf), record["QrData"]["QrCodeUrl"].as_str().unwrap());
}

#[tokio::test]
async fn a_file_that_was_never_made_is_not_found_and_neither_is_anothers() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let record = till.settle(&sim, &invoice("A-1")).await;
    let name = record["FiscalInvoicePdf"].as_str().unwrap().replace(' ', "%20");
    let other = Till::on(&sim, &sim.add_device());
    assert_eq!(other.get(&format!("/download/{name}")).await.status(), 404);
    assert_eq!(till.get("/download/..%2F..%2Fetc%2Fpasswd").await.status(), 404);
    // The seeded invoice is older than the simulator: there is no file of it.
    assert_eq!(
        till.get("/download/Fiscal%20Invoice%2034567-1042.pdf").await.status(),
        404
    );
    assert_eq!(
        till.request(Method::POST, "/download/x", None)
            .send()
            .await
            .unwrap()
            .status(),
        405
    );
}
