//! What matters of a certificate: who issued it, and until when it is good. No more of X.509 is read than that.

use fh_types::CatDateTime;

/// What is read of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Certificate {
    pub(super) issuer: String,
    pub(super) not_after: Option<CatDateTime>,
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
/// The context's own tag 0: the version, where there is one.
const VERSION: u8 = 0xA0;

/// `commonName` and `organizationName`.
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
const ORGANISATION: [u8; 3] = [0x55, 0x04, 0x0A];

/// Reads a certificate in DER; what cannot be read is left empty.
pub(super) fn read(der: &[u8]) -> Certificate {
    read_parts(der).unwrap_or_default()
}

fn read_parts(der: &[u8]) -> Option<Certificate> {
    let (_, outer, _) = part(der)?;
    let (_, to_be_signed, _) = part(outer)?;
    let mut rest = to_be_signed;
    let (tag, _, after) = part(rest)?;
    if tag == VERSION {
        rest = after;
    }
    // The serial number and the algorithm.
    for _ in 0..2 {
        rest = part(rest)?.2;
    }
    let (_, issuer, rest) = part(rest)?;
    let (_, validity, _) = part(rest)?;
    let (_, _, end) = part(validity)?;
    let (tag, end, _) = part(end)?;
    Some(Certificate {
        issuer: name(issuer),
        not_after: time(tag, end),
    })
}

/// One part: its tag, its content, and what follows it.
fn part(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
        let length = digits.iter().try_fold(0_usize, |length, digit| {
            length.checked_mul(256)?.checked_add(usize::from(*digit))
        })?;
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The common name and the organisation of a name, as text.
fn name(mut rest: &[u8]) -> String {
    let (mut common, mut organisation) = (None, None);
    while let Some((SET, set, after)) = part(rest) {
        rest = after;
        let Some((SEQUENCE, pair, _)) = part(set) else { continue };
        let Some((OID, kind, value)) = part(pair) else { continue };
        let text = part(value).map(|(_, text, _)| String::from_utf8_lossy(text).into_owned());
        if kind == COMMON_NAME {
            common = text;
        } else if kind == ORGANISATION {
            organisation = text;
        }
    }
    let parts: Vec<_> = [common, organisation].into_iter().flatten().collect();
    parts.join(", ")
}

/// A time in UTC, with two or four digits of the year.
fn time(tag: u8, text: &[u8]) -> Option<CatDateTime> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let text = match tag {
        UTC_TIME => format!("{}{text}", if text.get(..2)? < "50" { "20" } else { "19" }),
        _ => text.to_owned(),
    };
    let at = |range| text.get(range);
    let (year, month, day) = (at(0..4)?, at(4..6)?, at(6..8)?);
    let (hour, minute, second) = (at(8..10)?, at(10..12)?, at(12..14)?);
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_and_end_are_read_from_a_certificate_and_nothing_from_what_is_none() {
        let mut names = rcgen::DistinguishedName::new();
        names.push(rcgen::DnType::CommonName, "Shop CA");
        names.push(rcgen::DnType::OrganizationName, "Umlaut Ü GmbH");
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.distinguished_name = names;
        params.not_after = rcgen::date_time_ymd(2031, 2, 3);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let read = read(certificate.der());
        assert_eq!(read.issuer, "Shop CA, Umlaut Ü GmbH");
        assert_eq!(read.not_after, "2031-02-03T02:00:00+02:00".parse().ok());
        for end in 0..certificate.der().len() {
            // Whatever is cut off: no panic.
            super::read(&certificate.der()[..end]);
        }
        assert_eq!(super::read(b"\x30\x84\xff\xff\xff\xff"), Certificate::default());
    }
}
