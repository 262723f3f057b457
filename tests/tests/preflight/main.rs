//! Preflight: vectors that people can read, properties, an independent oracle, arbitrary bytes, and the simulator's authority.

mod authority;
mod bytes;
mod catalogue;
mod docs;
mod faults;
mod oracle;
mod patches;
mod properties;
mod support;
mod vectors;
