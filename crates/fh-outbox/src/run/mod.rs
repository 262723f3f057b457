//! The worker: one task sends the heads of a lane, another asks what became of them.

mod asking;
mod breaking;
mod lanes;
mod pause;
mod sending;
