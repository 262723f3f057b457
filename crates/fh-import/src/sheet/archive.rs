//! Workbooks are archives. One that unpacks to more than it should is refused by name before anything reads it.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use zip::ZipArchive;

use super::Limits;
use crate::problem::Problem;

/// More parts than any workbook has.
const PARTS: usize = 4_096;
/// How many times its own size a part of more than a megabyte may unpack to. Sheets of equal cells come to some 60.
const RATIO: u64 = 250;
const SMALL: u64 = 1 << 20;

pub(super) fn open(path: &Path) -> Result<ZipArchive<BufReader<File>>, Problem> {
    let file = File::open(path).map_err(|error| Problem::of_file(format!("cannot be read: {error}")))?;
    ZipArchive::new(BufReader::new(file)).map_err(|error| {
        Problem::of_file(format!(
            "it is no whole workbook ({error}); it may have been cut short on its way: save it again and copy it once more"
        ))
    })
}

/// Unpacks everything once, and keeps nothing: what an archive says of its sizes may be wrong.
pub(super) fn check(path: &Path, limits: &Limits) -> Result<(), Problem> {
    let length = path.metadata().map_or(0, |metadata| metadata.len());
    if length > limits.archive {
        return Err(Problem::of_file(format!(
            "the workbook has {length} bytes, and {} are the most that is taken; save the sheet as CSV instead",
            limits.archive
        )));
    }
    let mut archive = open(path)?;
    if archive.len() > PARTS {
        return Err(Problem::of_file(format!(
            "the archive has {} parts, which no workbook has",
            archive.len()
        )));
    }
    let mut unpacked = 0_u64;
    let mut buffer = vec![0; 64 << 10];
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).map_err(|error| broken(&error.to_string()))?;
        let name = part
            .name()
            .map_or_else(|_| format!("part {at}"), |name| name.into_owned());
        let packed = part.compressed_size();
        let mut of_part = 0_u64;
        loop {
            let read = part
                .read(&mut buffer)
                .map_err(|error| broken(&format!("{name}: {error}")))?;
            if read == 0 {
                break;
            }
            let read = u64::try_from(read).unwrap_or(u64::MAX);
            of_part += read;
            unpacked += read;
            if unpacked > limits.unpacked {
                return Err(Problem::of_file(format!(
                    "the archive unpacks to more than {} bytes (in {name}): it is no workbook of sales; save the sheet as CSV instead",
                    limits.unpacked
                )));
            }
            if of_part > SMALL && of_part > packed.saturating_mul(RATIO) {
                return Err(Problem::of_file(format!(
                    "{name} in the archive unpacks to more than {RATIO} times its size: it is made to fill a machine, and is not read"
                )));
            }
        }
    }
    Ok(())
}

fn broken(why: &str) -> Problem {
    Problem::of_file(format!(
        "a part of the workbook cannot be unpacked ({why}); save it again, without a password"
    ))
}
