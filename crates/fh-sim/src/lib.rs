//! fh-sim.
