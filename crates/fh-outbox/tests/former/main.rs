//! A store of the former version, made by the program of that time with documents in every state, is opened by this one.
//!
//! `3.sqlite.sql` and `3.postgres.sql` were made by [`make`] when the tables had version 3, and are not to be made again: they are what is
//! out in the shops. When the version after this one begins, the same test makes `4.….sql` first.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[macro_use]
#[path = "../engine/mod.rs"]
mod engine;
mod crashed;
mod ends;
mod load;
mod make;
mod older;
mod opened;
mod world;

use crate::{
    crashed::killed_at_every_point_of_the_migration_it_is_the_former_or_the_present_store_and_whole,
    ends::{every_document_goes_its_way_to_the_end, names_that_are_refused_today_are_read_and_operated_on},
    older::{
        a_worker_of_an_older_program_is_refused_before_it_sends,
        a_worker_of_this_program_sends_nothing_once_the_store_is_newer,
    },
    opened::{
        documents_stand_where_they_stood_and_say_so, what_was_pruned_is_not_taken_for_new,
        what_was_sold_before_is_added_up,
    },
};

on_both_engines!(
    documents_stand_where_they_stood_and_say_so,
    what_was_pruned_is_not_taken_for_new,
    what_was_sold_before_is_added_up,
    every_document_goes_its_way_to_the_end,
    names_that_are_refused_today_are_read_and_operated_on,
    killed_at_every_point_of_the_migration_it_is_the_former_or_the_present_store_and_whole,
    a_worker_of_an_older_program_is_refused_before_it_sends,
    a_worker_of_this_program_sends_nothing_once_the_store_is_newer,
);
