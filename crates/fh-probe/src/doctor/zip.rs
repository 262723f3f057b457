//! An archive that any system opens, written without compression: what is in it is small.

/// One file of an archive.
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) content: Vec<u8>,
}

/// The archive's bytes (ZIP, method "stored").
pub(super) fn archive(members: &[Member]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let Member { name, content } = member;
        let (offset, length) = (word(bytes.len()), word(content.len()));
        // Version 2.0, no flags, stored, 1980-01-01: when it was made stands in it.
        let head = [
            &20_u16.to_le_bytes()[..],
            &0x0800_u16.to_le_bytes(),
            &0_u16.to_le_bytes(),
            &0_u16.to_le_bytes(),
            &0x21_u16.to_le_bytes(),
            &crc32(content).to_le_bytes(),
            &length,
            &length,
            &short(name.len()),
        ]
        .concat();
        bytes.extend_from_slice(b"PK\x03\x04");
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&[0; 2]);
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(content);
        directory.extend_from_slice(b"PK\x01\x02");
        directory.extend_from_slice(&20_u16.to_le_bytes());
        directory.extend_from_slice(&head);
        // No extra field, no comment, the first disk, no attributes.
        directory.extend_from_slice(&[0; 12]);
        directory.extend_from_slice(&offset);
        directory.extend_from_slice(name.as_bytes());
    }
    let count = short(members.len());
    let end = [
        &b"PK\x05\x06\0\0\0\0"[..],
        &count,
        &count,
        &word(directory.len()),
        &word(bytes.len()),
        &[0; 2],
    ]
    .concat();
    bytes.extend_from_slice(&directory);
    bytes.extend_from_slice(&end);
    bytes
}

fn word(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

/// The check sum of ZIP.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            let carry = if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
            (crc >> 1) ^ carry
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_sum_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn an_archive_has_its_members_and_a_directory_that_finds_them() {
        let members = [
            Member {
                name: "a.json",
                content: b"{}".to_vec(),
            },
            Member {
                name: "b.txt",
                content: b"hello".to_vec(),
            },
        ];
        let bytes = archive(&members);
        let end = bytes.len() - 22;
        assert_eq!(&bytes[end..end + 4], b"PK\x05\x06");
        let at = u32::from_le_bytes(bytes[end + 16..end + 20].try_into().unwrap()) as usize;
        assert_eq!(&bytes[at..at + 4], b"PK\x01\x02");
        assert!(bytes.starts_with(b"PK\x03\x04") && bytes[30..].starts_with(b"a.json{}PK\x03\x04"));
        assert_eq!(bytes[10..14], [0, 0, 0x21, 0]);
    }
}
