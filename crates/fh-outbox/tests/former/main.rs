//! A store of a former version, made by the program of that time with documents in every state, is opened by this one.
//!
//! `3.….sql` and `4.….sql` were made by [`make`] when the tables had that version, and are not to be made again: they are what is out in
//! the shops. When the version after this one begins, the same test makes `5.….sql` first.

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

use crate::older::{
    a_worker_of_an_older_program_is_refused_before_it_sends,
    a_worker_of_this_program_sends_nothing_once_the_store_is_newer,
};

on_both_engines!(
    a_worker_of_an_older_program_is_refused_before_it_sends,
    a_worker_of_this_program_sends_nothing_once_the_store_is_newer,
);

/// The same tests for the store of each version.
macro_rules! of_version {
    ($module:ident, $version:ident: $($file:ident::$test:ident),+ $(,)?) => {
        mod $module {
            use crate::{engine::Place, load::Version};

            $(async fn $test(place: &Place) {
                crate::$file::$test(place, Version::$version).await;
            })+

            on_both_engines!($($test),+);
        }
    };
}

macro_rules! of_each_version {
    ($($file:ident::$test:ident),+ $(,)?) => {
        of_version!(version_3, Three: $($file::$test),+);
        of_version!(version_4, Four: $($file::$test),+);
    };
}

of_each_version!(
    opened::documents_stand_where_they_stood_and_say_so,
    opened::what_was_pruned_is_not_taken_for_new,
    opened::what_was_sold_before_is_added_up,
    ends::every_document_goes_its_way_to_the_end,
    ends::names_that_are_refused_today_are_read_and_operated_on,
    crashed::killed_at_every_point_of_the_migration_it_is_the_former_or_the_present_store_and_whole,
);
