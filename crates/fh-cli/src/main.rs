//! fh
fn main() {}
