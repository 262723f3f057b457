//! Agreement with the simulator's authority.
