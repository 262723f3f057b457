//! Workbooks, written as small as they can be.

use std::{fmt::Write as _, fs::File, io::Write as _, path::Path};

use zip::{ZipWriter, write::SimpleFileOptions};

pub(crate) fn archive(path: &Path, parts: &[(&str, &[u8])]) {
    let mut archive = ZipWriter::new(File::create(path).unwrap());
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, content) in parts {
        archive.start_file(*name, options).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap();
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

fn column(mut at: usize) -> String {
    let mut name = String::new();
    loop {
        name.insert(0, char::from(b'A' + u8::try_from(at % 26).unwrap()));
        if at < 26 {
            return name;
        }
        at = at / 26 - 1;
    }
}

/// Cells as a sheet keeps them: numbers that look like numbers, `date:46353.5` a day with its format, `error:#N/A` a formula that failed.
pub(crate) fn xlsx(path: &Path, sheets: &[(&str, Vec<Vec<String>>)]) {
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    let mut book = String::new();
    let mut relations = String::new();
    let mut types = String::new();
    for (number, (name, rows)) in sheets.iter().enumerate() {
        let number = number + 1;
        let _ = write!(
            book,
            r#"<sheet name="{}" sheetId="{number}" r:id="rId{number}"/>"#,
            escaped(name)
        );
        let _ = write!(
            relations,
            r#"<Relationship Id="rId{number}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{number}.xml"/>"#
        );
        let _ = write!(
            types,
            r#"<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"#
        );
        let mut sheet = String::from(
            r#"<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#,
        );
        for (at, row) in rows.iter().enumerate() {
            let _ = write!(sheet, r#"<row r="{}">"#, at + 1);
            for (place, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let place = format!("{}{}", column(place), at + 1);
                let _ = if let Some(day) = cell.strip_prefix("date:") {
                    write!(sheet, r#"<c r="{place}" s="1"><v>{day}</v></c>"#)
                } else if let Some(error) = cell.strip_prefix("error:") {
                    write!(sheet, r#"<c r="{place}" t="e"><v>{error}</v></c>"#)
                } else if cell.parse::<f64>().is_ok() {
                    write!(sheet, r#"<c r="{place}"><v>{cell}</v></c>"#)
                } else {
                    write!(
                        sheet,
                        r#"<c r="{place}" t="inlineStr"><is><t>{}</t></is></c>"#,
                        escaped(cell)
                    )
                };
            }
            sheet.push_str("</row>");
        }
        sheet.push_str("</sheetData></worksheet>");
        parts.push((format!("xl/worksheets/sheet{number}.xml"), sheet.into_bytes()));
    }
    let last = sheets.len() + 1;
    let _ = write!(
        relations,
        r#"<Relationship Id="rId{last}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>"#
    );
    let fixed = [
        (
            "[Content_Types].xml",
            format!(
                r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>{types}</Types>"#
            ),
        ),
        (
            "_rels/.rels",
            r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.to_owned(),
        ),
        (
            "xl/workbook.xml",
            format!(
                r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{book}</sheets></workbook>"#
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>"#
            ),
        ),
        (
            "xl/styles.xml",
            r#"<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>"#.to_owned(),
        ),
    ];
    let mut all: Vec<(&str, &[u8])> = fixed.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    all.extend(parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
    archive(path, &all);
}

/// The same as an OpenDocument sheet; dates as `date:2026-11-27T12:00:00`.
pub(crate) fn ods(path: &Path, name: &str, rows: &[Vec<String>]) {
    let mut sheet = format!(
        r#"<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="{}">"#,
        escaped(name)
    );
    for row in rows {
        sheet.push_str("<table:table-row>");
        for cell in row {
            let _ = if cell.is_empty() {
                write!(sheet, "<table:table-cell/>")
            } else if let Some(date) = cell.strip_prefix("date:") {
                write!(
                    sheet,
                    r#"<table:table-cell office:value-type="date" office:date-value="{date}"><text:p>x</text:p></table:table-cell>"#
                )
            } else if cell.parse::<f64>().is_ok() {
                write!(
                    sheet,
                    r#"<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>"#
                )
            } else {
                write!(
                    sheet,
                    r#"<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>"#,
                    escaped(cell)
                )
            };
        }
        // As programs fill a row up to the far right.
        sheet.push_str(r#"<table:table-cell table:number-columns-repeated="16370"/></table:table-row>"#);
    }
    sheet.push_str(
        r#"<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#,
    );
    archive(
        path,
        &[
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", sheet.as_bytes()),
        ],
    );
}
