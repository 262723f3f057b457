//! An archive that any system opens.

use std::io::{Cursor, Write};

use zip::{CompressionMethod, ZipWriter, result::ZipResult, write::SimpleFileOptions};

/// One file of an archive.
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) content: Vec<u8>,
}

/// The archive's bytes: without compression, since what is in it is small, and without a time, which stands in it.
pub(super) fn archive(members: &[Member]) -> ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .unix_permissions(0o600);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for Member { name, content } in members {
        writer.start_file(*name, options)?;
        writer.write_all(content)?;
    }
    Ok(writer.finish()?.into_inner())
}
