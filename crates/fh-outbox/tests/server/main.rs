//! What a database server does that a file does not: transactions that end late, lines that are silent, texts that it cannot keep, roles that
//! may not write for a while.

#![cfg(all(unix, feature = "postgres"))]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[macro_use]
#[path = "../engine/mod.rs"]
mod engine;
mod cut;
mod late;
mod line;
mod role;
mod setting;
mod silent;
mod texts;

use crate::{
    cut::a_session_that_is_cut_while_its_worker_sends_gives_the_document_to_nobody_else,
    late::{
        a_change_that_is_committed_late_is_told_before_those_after_it, readers_miss_nothing_whoever_writes_beside_whom,
    },
    role::a_role_that_may_only_read_for_a_while_loses_no_answer,
    silent::a_silent_line_is_told_and_given_up,
    texts::{a_nul_costs_nothing, what_the_database_cannot_spell_costs_itself_alone},
};

on_postgres!(
    a_change_that_is_committed_late_is_told_before_those_after_it,
    readers_miss_nothing_whoever_writes_beside_whom,
    a_silent_line_is_told_and_given_up,
    a_nul_costs_nothing,
    what_the_database_cannot_spell_costs_itself_alone,
    a_role_that_may_only_read_for_a_while_loses_no_answer,
    a_session_that_is_cut_while_its_worker_sends_gives_the_document_to_nobody_else,
);
