use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;

/// The fiscal invoice as a PDF.
#[derive(Clone)]
pub struct Pdf {
    bytes: Bytes,
    file_name: String,
}

impl Pdf {
    /// `bytes` must begin as a PDF does.
    pub(crate) fn new(bytes: Bytes, name: &str) -> Option<Self> {
        // The standard lets a few bytes of something else come before the mark.
        let start = &bytes[..bytes.len().min(1024)];
        let is_pdf = start.windows(5).any(|window| window == b"%PDF-");
        let end = &bytes[bytes.len().saturating_sub(2048)..];
        let is_whole = end.windows(5).any(|window| window == b"%%EOF");
        (is_pdf && is_whole).then(|| Self {
            bytes,
            file_name: safe_file_name(name),
        })
    }

    /// The file's content.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// A name for it that is safe on every file system, made from the service's name for it.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// Writes it into a folder, which is created if need be, and returns its path. The file appears whole or not at all,
    /// readable by its owner only, as it shows a buyer's data. One of the same name is replaced.
    ///
    /// # Errors
    ///
    /// When the folder or the file cannot be written.
    pub fn save_in(&self, folder: impl AsRef<Path>) -> io::Result<PathBuf> {
        let folder = folder.as_ref();
        fs::create_dir_all(folder)?;
        let path = folder.join(&self.file_name);
        static SAVED: AtomicU64 = AtomicU64::new(0);
        let number = SAVED.fetch_add(1, Ordering::Relaxed);
        let partial = folder.join(format!(".{}.{}-{number}.part", self.file_name, std::process::id()));
        let written = write_private(&partial, &self.bytes).and_then(|()| fs::rename(&partial, &path));
        if written.is_err() {
            // The first error is the one to report.
            let _ = fs::remove_file(&partial);
        }
        written.map(|()| path)
    }
}

impl std::fmt::Debug for Pdf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pdf")
            .field("file_name", &self.file_name)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Not through a link that somebody has put there.
    let mut file = fh_auth::open_private(fs::OpenOptions::new().write(true).create_new(true), path)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()
}

/// The longest name that is taken from the service, in bytes.
const MAX_NAME: usize = 120;

/// A file name from a name that came over the network: no folder, no device, no hidden file, no surprise.
fn safe_file_name(name: &str) -> String {
    let mut safe: String = name
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ') {
                c
            } else {
                '_'
            }
        })
        .collect::<String>()
        .trim_matches(['.', ' '])
        .to_owned();
    // File systems count bytes, 255 at most, and a partial file's name is longer.
    safe.truncate(
        (0..=MAX_NAME)
            .rev()
            .find(|end| safe.is_char_boundary(*end))
            .unwrap_or(0),
    );
    let stem = safe.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    // Windows takes raised digits for digits here.
    let numbered = |device| {
        let mut number = stem.strip_prefix(device).unwrap_or_default().chars();
        matches!(
            (number.next(), number.next()),
            (Some('0'..='9' | '¹' | '²' | '³'), None)
        )
    };
    let reserved = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT");
    if safe.is_empty() || reserved {
        safe.insert_str(0, "receipt-");
    }
    if !safe.to_ascii_lowercase().ends_with(".pdf") {
        safe.push_str(".pdf");
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_the_network_stay_in_their_folder() {
        for (name, safe) in [
            ("INV-1.pdf", "INV-1.pdf"),
            ("../../etc/passwd", "_.._etc_passwd.pdf"),
            ("/abs/olute.PDF", "_abs_olute.PDF"),
            ("C:\\temp\\x.pdf", "C__temp_x.pdf"),
            (".hidden", "hidden.pdf"),
            ("", "receipt-.pdf"),
            ("CON.pdf", "receipt-CON.pdf"),
            ("com1", "receipt-com1.pdf"),
            ("a\0b\n.pdf", "a_b_.pdf"),
            ("Rechnung Müller.pdf", "Rechnung Müller.pdf"),
        ] {
            assert_eq!(safe_file_name(name), safe, "{name:?}");
        }
    }

    #[test]
    fn names_of_devices_are_no_file_names() {
        for name in ["nul", "LPT9.txt", "CON .pdf", "com¹.pdf", "Prn.a.b"] {
            assert!(safe_file_name(name).starts_with("receipt-"), "{name}");
        }
        for name in ["Contract.pdf", "COM10.pdf", "null.pdf"] {
            assert_eq!(safe_file_name(name), name);
        }
    }

    #[test]
    fn a_file_lands_in_its_folder_whatever_the_service_calls_it() {
        let folder = std::env::temp_dir().join(format!("fiscal-harmony-pdf-{}", std::process::id()));
        for name in [
            "../../up.pdf",
            "/etc/passwd",
            "a/../../b",
            "\0",
            "..",
            &"茶".repeat(500),
            &"x".repeat(5_000),
        ] {
            let pdf = Pdf::new(Bytes::from_static(b"%PDF-1.7\n%%EOF"), name).unwrap();
            let path = pdf.save_in(&folder).unwrap();
            assert_eq!(path.parent(), Some(&*folder), "{name:?}");
            assert!(path.is_file(), "{name:?}");
        }
        assert!(fs::read_dir(&folder).unwrap().all(|entry| {
            let name = entry.unwrap().file_name();
            !name.to_string_lossy().ends_with(".part")
        }));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn only_a_whole_pdf_is_one() {
        assert!(Pdf::new(Bytes::from_static(b"%PDF-1.7\n...\n%%EOF\n"), "a").is_some());
        assert!(
            Pdf::new(Bytes::from_static(b"%PDF-1.7\n..."), "a").is_none(),
            "cut short"
        );
        assert!(Pdf::new(Bytes::from_static(b"<html>%%EOF"), "a").is_none());
        assert!(Pdf::new(Bytes::new(), "a").is_none());
    }
}
