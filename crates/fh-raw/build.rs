//! Generates the client from the specification.
fn main() {}
